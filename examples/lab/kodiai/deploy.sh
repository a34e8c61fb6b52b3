# Builds and deploys kodiai.

if [ -f .env ]; then set -a; . ./.env; set +a; fi
for name in DATABASE_URL GITHUB_APP_ID GITHUB_PRIVATE_KEY_BASE64 GITHUB_WEBHOOK_SECRET VOYAGE_API_KEY; do
  [ -n "$(printenv "$name")" ] || { echo "ERROR: $name is required but not set"; exit 1; }
done

azure() {
  curl --silent --show-error --fail-with-body --cacert "$trust" --header "Authorization: Bearer $token" "$@"
}

echo "==> Building the image (remote build)..."
sleep 2
image=$(cat image)

echo "==> Updating secrets, and making a revision of $image..."
suffix=deploy-$(date +%Y%m%d-%H%M%S)
template=$(sed "s|IMAGE|$image|; s|SUFFIX|$suffix|" template.json)
secrets="[{\"name\": \"database-url\", \"value\": \"$DATABASE_URL\"}]"
echo "{\"properties\": {\"configuration\": {\"secrets\": $secrets}, \"template\": $template}}" |
  azure --request PATCH --header "Content-Type: application/json" --data @- "$app?api-version=2025-01-01"

echo "==> Waiting for the new revision to become healthy..."
for i in 1 2 3 4 5 6; do
  if curl --silent --fail --cacert "$trust" "https://$fqdn/healthz"; then
    echo " Deployment complete!"
    exit 0
  fi
  sleep 1
done
echo "WARNING: post-deploy health check failed!"
