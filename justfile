# The recipes that people use; `just ci` is exactly what CI runs.

# list the recipes
default:
    @just --list

# all the tests, and what they need
test:
    bash tests/all.sh

# what a change must pass
ci:
    bash .ci/run

# write the expected outputs of the fixtures anew; read the difference before committing it
bless:
    BLESS=1 cargo test --test it

# rehearse the flagship runbook
rehearse:
    cargo run --release -- rehearse runbooks/ha-windows-worker-rolling-reboot.runbook

# time parsing, checking and stepping, on work of growing size
bench:
    cargo bench

# lint and format everything that rutter ships
dogfood:
    cargo run -- lint runbooks examples
    cargo run -- fmt --check runbooks examples
