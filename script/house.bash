# Shared by the scripts in this folder: messages, the repository's root, the compiler cache.
# Sourced, never run. Needs `set -euo pipefail` in the caller.

repo_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() { say "$*"; exit 1; }

# Prints the comment block at the top of the calling script as its help text.
print_help() { sed -n '2,/^[^#]/{/^#/!d;s/^# \{0,1\}//;p}' "$0"; }

# One compiler cache for all clones of this machine, outside of them: a fresh clone builds in seconds.
# Paths are kept relative in it, so that the place of the clone does not matter.
use_compiler_cache() {
  export CCACHE_DIR=${CCACHE_DIR:-${REPRISE_LAB_DIR:-$HOME/.cache/reprise-lab}/ccache}
  export CCACHE_BASEDIR=$repo_root CCACHE_NOHASHDIR=1 CCACHE_MAXSIZE=${CCACHE_MAXSIZE:-5G}
}
