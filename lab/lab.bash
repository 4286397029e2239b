# Shared by the lab scripts: messages, folders, and which engine they talk to.
# Sourced, never run. Needs `set -euo pipefail` in the caller.

lab_root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() { say "$*"; exit 1; }

# Prints the comment block at the top of the calling script as its help text.
print_help() { sed -n '2,/^[^#]/{/^#/!d;s/^# \{0,1\}//;p}' "$0"; }

# The folder of the lab's own engine: --dir, else below REPRISE_LAB_DIR, else the user's cache.
default_engine_dir() { printf '%s\n' "${REPRISE_LAB_DIR:-$HOME/.cache/reprise-lab}/engine"; }

# Makes DOCKER_HOST point at the engine that `lab/engine start` chose; fails with a hint if it is silent.
use_engine() {
  local dir=$1
  eval "$("$lab_root/engine" env --dir "$dir")"
  docker version --format '{{.Server.Version}}' >/dev/null 2>&1 ||
    die "no Docker engine answers at $DOCKER_HOST (HINT: run lab/engine start first)"
}
