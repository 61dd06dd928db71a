#!/usr/bin/env bash
# Installs what the extension is built and tried with, pinned, into the cache, once: node, npm, VS Code as code-server, Chromium.
# Prints the folder. `install.sh node` leaves out what only the test in the workbench needs.
set -euo pipefail
what="${1:-all}"
node_version=24.21.0 npm_version=11.19.1 code_server=4.139.1
editors="${XDG_CACHE_HOME:-$HOME/.cache}/codecompass-ci/editors"
arch="$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')"

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}
apt_install() {
    as_root apt-get update -q >&2
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "$@" >&2
}
install() {
    (mkdir -p "$1" && cd "$1" && echo '{"private":true}' >package.json && shift && npm install --no-audit --no-fund --loglevel=error "$@" >&2)
}

tools="$editors/node-$node_version"
if [ ! -e "$tools/complete" ]; then
    # Any npm will do to fetch the ones that are used.
    command -v npm >/dev/null || apt_install nodejs npm
    rm -rf "$tools"
    install "$tools" "node-linux-$arch@$node_version" "npm@$npm_version"
    touch "$tools/complete"
fi
mkdir -p "$tools/bin"
ln -sfn "$tools/node_modules/node-linux-$arch/bin/node" "$tools/bin/node"
ln -sfn "$tools/node_modules/npm/bin/npm-cli.js" "$tools/bin/npm"
ln -sfn "$tools/node_modules/npm/bin/npx-cli.js" "$tools/bin/npx"
export PATH="$tools/bin:$PATH"

if [ "$what" = all ]; then
    command -v chromium >/dev/null || apt_install chromium
    server="$editors/code-server-$code_server"
    if [ ! -e "$server/complete" ]; then
        rm -rf "$server"
        # Without the scripts: they compile modules that nothing here needs.
        install "$server" --ignore-scripts "code-server@$code_server"
        cd "$server/node_modules/code-server/lib/vscode"
        npm install --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error >&2
        cd extensions
        npm install --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error >&2
        touch "$server/complete"
    fi
    ln -sfn "$server/node_modules/code-server" "$tools/code-server"
fi
echo "$tools"
