//! Draws a live run in the terminal: lines that stay, and under them a frame that is drawn anew.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::veil;
use crate::event::Event;
use crate::report::{Live, Look, harmless_painted};

/// A frame is drawn at most this often.
const PACE: Duration = Duration::from_millis(100);

const BEGIN: &str = "\x1b[?2026h";
const END: &str = "\x1b[?2026l";
const HIDE_CURSOR: &str = "\x1b[?25l";
const SHOW_CURSOR: &str = "\x1b[?25h";

/// The terminal while a run is shown in it; clones share one state.
#[derive(Clone, Debug)]
pub struct Canvas {
    state: Arc<Mutex<State>>,
    over: Arc<AtomicBool>,
}

#[derive(Debug)]
struct State {
    live: Live,
    look: Look,
    /// The widths of the lines of the frame that stands there.
    drawn: Vec<usize>,
    /// The run's time at the last event, and when that was.
    at: Duration,
    seen: Instant,
    /// How fast the run's clock goes between events.
    speed: f64,
    last: Option<Instant>,
    /// How many questions stand on the screen.
    questions: usize,
}

impl Canvas {
    /// An empty canvas that is drawn again and again until [`Canvas::finish`].
    pub fn new(look: Look, speed: f64) -> Self {
        let state = State {
            live: Live::new(look),
            look,
            drawn: Vec::new(),
            at: Duration::ZERO,
            seen: Instant::now(),
            speed,
            last: None,
            questions: 0,
        };
        let canvas = Self { state: Arc::new(Mutex::new(state)), over: Arc::default() };
        let ticking = canvas.clone();
        std::thread::spawn(move || ticking.tick());
        canvas
    }

    fn tick(&self) {
        while !self.over.load(Ordering::Relaxed) {
            std::thread::sleep(PACE);
            if !self.over.load(Ordering::Relaxed) {
                self.state().draw(&[]);
            }
        }
    }

    /// Shows what happened.
    pub fn event(&self, event: &Event) {
        let mut state = self.state();
        (state.at, state.seen) = (event.at, Instant::now());
        let lines = state.live.event(event);
        let due = state.last.is_none_or(|last| last.elapsed() >= PACE);
        if due || !lines.is_empty() {
            state.draw(&lines);
        }
    }

    /// Takes in what happened before; nothing of it is shown again.
    pub fn recall(&self, events: &[Event]) {
        let mut state = self.state();
        for event in events {
            (state.at, state.seen) = (event.at, Instant::now());
            drop(state.live.event(event));
        }
    }

    /// Takes the frame away for a question, until the answer is dropped.
    pub fn make_room(&self) -> Room {
        let mut state = self.state();
        state.questions += 1;
        state.clear();
        Room(self.clone())
    }

    /// Takes the frame away for good, and gives the cursor back.
    pub fn finish(&self) {
        self.over.store(true, Ordering::Relaxed);
        self.state().clear();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The frame is away as long as this lives.
#[derive(Debug)]
pub struct Room(Canvas);

impl Drop for Room {
    fn drop(&mut self) {
        self.0.state().questions -= 1;
    }
}

impl State {
    /// Puts `lines` where the frame was, and a new frame under them.
    fn draw(&mut self, lines: &[String]) {
        let (height, width) = console::Term::stdout().size_checked().unwrap_or((24, 80));
        let (height, width) = (usize::from(height), usize::from(width).max(20));
        let frame = if self.questions > 0 { Vec::new() } else { self.frame(width, height) };
        let mut text = format!("{BEGIN}{}", erase(&self.drawn, width));
        for line in lines.iter().chain(&frame) {
            text.push_str(&harmless_painted(&veil::over(line)));
            text.push_str("\r\n");
        }
        text.push_str(if frame.is_empty() { SHOW_CURSOR } else { HIDE_CURSOR });
        text.push_str(END);
        self.drawn = frame.iter().map(|line| console::measure_text_width(line)).collect();
        self.last = Some(Instant::now());
        put(&text);
    }

    fn frame(&self, width: usize, height: usize) -> Vec<String> {
        let now = self.at + self.seen.elapsed().mul_f64(self.speed);
        self.live.frame(now, (width - 1).min(self.look.width.max(40)), height.saturating_sub(2))
    }

    fn clear(&mut self) {
        let (_, width) = console::Term::stdout().size_checked().unwrap_or((24, 80));
        let text = format!("{}{SHOW_CURSOR}", erase(&self.drawn, usize::from(width).max(20)));
        self.drawn.clear();
        put(&text);
    }
}

/// Moves up over a frame; lines that no longer fit the terminal take several rows of it.
fn erase(drawn: &[usize], width: usize) -> String {
    let rows: usize = drawn.iter().map(|line| line.div_ceil(width).max(1)).sum();
    if rows == 0 { String::new() } else { format!("\r\x1b[{rows}A\x1b[J") }
}

/// A terminal that went away does not stop a run.
fn put(text: &str) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
