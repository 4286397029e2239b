#!/usr/bin/env bash
# Entry point of the lab's PgBouncer image; keeps the variables of edoburu/pgbouncer.
#
# DB_HOST (needed), DB_PORT, DB_USER, DB_PASSWORD, DB_NAME (absent: every database) or DATABASE_URL say where the server
# is; any key of pgbouncer.ini can be given by its name in capitals. Files that exist already are kept as they are.
#
# With POOL_MODE=transaction the database `postgres` is pooled by session all the same: Odoo does LISTEN there, and
# a LISTEN is lost when its connection goes to somebody else.
set -euo pipefail

readonly folder=/etc/pgbouncer

read_url() { # postgres://user:password@host:port/name
  local url=${DATABASE_URL#*://} login='' place
  [[ $url != *@* ]] || login=${url%@*}
  place=${url##*@}
  DB_USER=${login%%:*}
  [[ $login != *:* ]] || DB_PASSWORD=${login#*:}
  [[ $place != */* ]] || DB_NAME=${place#*/}
  place=${place%%/*}
  DB_HOST=${place%%:*}
  [[ $place != *:* ]] || DB_PORT=${place#*:}
}

quoted() { printf '"%s"' "${1//\"/\"\"}"; }

stored_password() {
  if [[ $AUTH_TYPE == scram-sha-256 || $AUTH_TYPE == plain ]]; then
    printf '%s' "$DB_PASSWORD"
  else
    printf 'md5%s' "$(printf '%s%s' "$DB_PASSWORD" "$DB_USER" | md5sum | cut -d' ' -f1)"
  fi
}

write_userlist() {
  [[ -n ${DB_USER:-} && -n ${DB_PASSWORD:-} && ! -e $AUTH_FILE ]] || return 0
  (umask 077 && printf '%s %s\n' "$(quoted "$DB_USER")" "$(quoted "$(stored_password)")" >"$AUTH_FILE")
}

database_lines() {
  local server="host=$DB_HOST port=${DB_PORT:-5432} auth_user=${DB_USER:-postgres}"
  [[ -z ${CLIENT_ENCODING:-} ]] || server+=" client_encoding=$CLIENT_ENCODING"
  [[ ${POOL_MODE:-} != transaction ]] || printf 'postgres = %s pool_mode=session\n' "$server"
  if [[ -n ${DB_NAME:-} ]]; then
    printf '%s = %s\n' "$DB_NAME" "$server"
  else
    printf '* = %s\n' "$server"
  fi
}

# Keys of the [pgbouncer] section that may come from the environment.
readonly keys='
  admin_users application_name_add_host auth_dbname auth_hba_file auth_query autodb_idle_timeout
  client_idle_timeout client_login_timeout client_tls_ca_file client_tls_cert_file client_tls_ciphers client_tls_key_file
  client_tls_protocols client_tls_sslmode default_pool_size disable_pqexec dns_max_ttl dns_nxdomain_ttl dns_zone_check_period
  idle_transaction_timeout ignore_startup_parameters listen_backlog log_connections log_disconnections log_pooler_errors
  max_client_conn max_db_connections max_packet_size max_prepared_statements max_user_connections min_pool_size pkt_buf
  pool_mode query_timeout query_wait_timeout reserve_pool_size reserve_pool_timeout sbuf_loopcnt server_check_delay
  server_check_query server_connect_timeout server_fast_close server_idle_timeout server_lifetime server_login_retry
  server_reset_query server_reset_query_always server_round_robin server_tls_ca_file server_tls_cert_file server_tls_ciphers
  server_tls_key_file server_tls_protocols server_tls_sslmode so_reuseport stats_period stats_users suspend_timeout
  tcp_defer_accept tcp_keepalive tcp_keepcnt tcp_keepidle tcp_keepintvl tcp_socket_buffer tcp_user_timeout verbose'

write_ini() {
  [[ ! -e $folder/pgbouncer.ini ]] || return 0
  local key name
  {
    printf '[databases]\n'
    database_lines
    printf '\n[pgbouncer]\nlisten_addr = %s\nlisten_port = %s\nunix_socket_dir =\nuser = postgres\n' \
      "${LISTEN_ADDR:-0.0.0.0}" "${LISTEN_PORT:-5432}"
    printf 'auth_file = %s\nauth_type = %s\n' "$AUTH_FILE" "$AUTH_TYPE"
    for key in $keys; do
      name=${key^^}
      [[ -z ${!name:-} ]] || printf '%s = %s\n' "$key" "${!name}"
    done
  } >"$folder/pgbouncer.ini"
  cat "$folder/pgbouncer.ini"
}

[[ -z ${DATABASE_URL:-} ]] || read_url
: "${AUTH_TYPE:=md5}" "${AUTH_FILE:=$folder/userlist.txt}"
: "${ADMIN_USERS:=postgres}" "${IGNORE_STARTUP_PARAMETERS:=extra_float_digits}"
if [[ ! -e $folder/pgbouncer.ini && -z ${DB_HOST:-} ]]; then
  echo 'entrypoint: set DB_HOST (or DATABASE_URL)' >&2
  exit 1
fi
# The left side of [databases] knows no quotes (1.24: "syntax error in configuration").
if [[ ! ${DB_NAME:-*} =~ ^([A-Za-z0-9_.-]+|\*)$ ]]; then
  echo "entrypoint: PgBouncer cannot name a database like $DB_NAME (HINT: leave DB_NAME out, then all are served)" >&2
  exit 1
fi
write_userlist
write_ini
exec "$@"
