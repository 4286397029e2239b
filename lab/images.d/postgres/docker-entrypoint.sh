#!/usr/bin/env bash
# Entry point of the lab's PostgreSQL image; keeps the contract of the official one.
#
# On an empty PGDATA: initdb, the database, then /docker-entrypoint-initdb.d/* against a server that listens on its
# socket only. Then, always: exec postgres, with the arguments of the container. POSTGRES_USER, _PASSWORD, _DB and
# _INITDB_ARGS can each be read from the file named in the variable with _FILE after its name.
set -Eeuo pipefail

fail() { echo "docker-entrypoint: $*" >&2; exit 1; }

read_variable() { # NAME DEFAULT
  local name=$1 file=$1_FILE
  [[ -z ${!name:-} || -z ${!file:-} ]] || fail "$name and $file are both set"
  if [[ -n ${!file:-} ]]; then
    export "$name"="$(<"${!file}")"
    unset "$file"
  else
    export "$name"="${!name:-$2}"
  fi
}

read_environment() {
  read_variable POSTGRES_PASSWORD ''
  read_variable POSTGRES_USER postgres
  read_variable POSTGRES_DB "$POSTGRES_USER"
  read_variable POSTGRES_INITDB_ARGS ''
  : "${POSTGRES_HOST_AUTH_METHOD:=}"
}

prepare_folders() {
  mkdir -p "$PGDATA" /var/run/postgresql
  chmod 0700 "$PGDATA" || true
  chmod 3775 /var/run/postgresql || true
  [[ $EUID == 0 ]] || return 0
  find "$PGDATA" \! -user postgres -exec chown postgres '{}' +
  find /var/run/postgresql \! -user postgres -exec chown postgres '{}' +
}

verify_environment() {
  [[ -n $POSTGRES_PASSWORD || $POSTGRES_HOST_AUTH_METHOD == trust ]] ||
    fail "the superuser needs a password: set POSTGRES_PASSWORD (or POSTGRES_HOST_AUTH_METHOD=trust)"
}

initialize_cluster() {
  local waldir=() arguments=()
  [[ -z ${POSTGRES_INITDB_WALDIR:-} ]] || waldir=(--waldir "$POSTGRES_INITDB_WALDIR")
  # The arguments are a shell line by contract, with quotes that count.
  eval "arguments=($POSTGRES_INITDB_ARGS)"
  initdb --username="$POSTGRES_USER" --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD") "${waldir[@]}" "${arguments[@]}"
}

allow_hosts() {
  local method=${POSTGRES_HOST_AUTH_METHOD:-$(postgres -C password_encryption)}
  [[ $method != on ]] || method=md5
  printf '\nhost all all all %s\n' "$method" >>"$PGDATA/pg_hba.conf"
}

run_psql() {
  PGHOST='' PGHOSTADDR='' psql -v ON_ERROR_STOP=1 --no-psqlrc --no-password --username "$POSTGRES_USER" "$@"
}

create_database() {
  [[ $POSTGRES_DB != postgres ]] || return 0
  run_psql --dbname postgres --set db="$POSTGRES_DB" <<<'CREATE DATABASE :"db";'
}

run_init_files() {
  local file
  for file in /docker-entrypoint-initdb.d/*; do
    case $file in
      *.sh) if [[ -x $file ]]; then "$file"; else
          # shellcheck disable=SC1090
          source "$file"
        fi ;;
      *.sql) run_psql --dbname "$POSTGRES_DB" -f "$file" ;;
      *.sql.gz) gunzip -c "$file" | run_psql --dbname "$POSTGRES_DB" ;;
      *.sql.xz) xzcat "$file" | run_psql --dbname "$POSTGRES_DB" ;;
    esac
    echo "docker-entrypoint: done with $file"
  done
}

first_start() { # the arguments of the server
  verify_environment
  initialize_cluster
  allow_hosts
  local options
  printf -v options '%q ' "$@" -c listen_addresses= -p 5432
  PGUSER=$POSTGRES_USER pg_ctl -D "$PGDATA" -o "$options" -w start
  create_database
  shopt -s nullglob
  run_init_files
  PGUSER=$POSTGRES_USER pg_ctl -D "$PGDATA" -m fast -w stop
  echo 'PostgreSQL init process complete; ready for start up.'
}

asks_for_help() {
  local argument
  for argument; do
    case $argument in -'?' | --help | --describe-config | -V | --version) return 0 ;; esac
  done
  return 1
}

[[ ${1:-} != -* ]] || set -- postgres "$@"
if [[ ${1:-} == postgres ]] && ! asks_for_help "$@"; then
  read_environment
  if [[ $EUID == 0 ]]; then
    prepare_folders
    exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
  fi
  prepare_folders
  [[ -s $PGDATA/PG_VERSION ]] || first_start "${@:2}"
  unset POSTGRES_PASSWORD
fi
exec "$@"
