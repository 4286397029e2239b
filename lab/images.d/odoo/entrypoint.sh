#!/usr/bin/env bash
# Entry point of the lab's Odoo images; keeps the contract of the official one.
#
# HOST, PORT, USER and PASSWORD (each with its fallbacks) become --db_host, ... unless odoo.conf says otherwise.
# `odoo`, `--` and options wait for PostgreSQL and start Odoo with them; any other command runs as it is.
# From 19 on, a PGHOST, PGPORT, PGUSER or PGPASSWORD is left to Odoo, which reads it itself.
set -euo pipefail

if [[ -v PASSWORD_FILE ]]; then
  PASSWORD=$(<"$PASSWORD_FILE")
fi

native_pg_variables=false
[[ ${ODOO_VERSION%%.*} -lt 19 ]] || native_pg_variables=true

: "${HOST:=${DB_PORT_5432_TCP_ADDR:-${PGHOST:-db}}}"
: "${PORT:=${DB_PORT_5432_TCP_PORT:-${PGPORT:-5432}}}"
: "${USER:=${DB_ENV_POSTGRES_USER:-${POSTGRES_USER:-${PGUSER:-odoo}}}}"
: "${PASSWORD:=${DB_ENV_POSTGRES_PASSWORD:-${POSTGRES_PASSWORD:-${PGPASSWORD:-odoo}}}}"

db_args=()
add_argument() { # NAME VALUE PG_VARIABLE: what the configuration file says wins
  local value=$2
  if $native_pg_variables && [[ -n ${!3:-} ]]; then return; fi
  if grep -q -E "^\s*$1\s*=" "$ODOO_RC"; then
    value=$(grep -E "^\s*$1\s*=" "$ODOO_RC" | cut -d= -f2- | sed 's/^ *//;s/["\r\n]//g')
  fi
  db_args+=("--$1" "$value")
}
add_argument db_host "$HOST" PGHOST
add_argument db_port "$PORT" PGPORT
add_argument db_user "$USER" PGUSER
add_argument db_password "$PASSWORD" PGPASSWORD

case ${1:-odoo} in
  -- | odoo)
    shift || true
    if [[ ${1:-} == scaffold ]]; then
      exec odoo "$@"
    fi
    wait-for-psql.py "${db_args[@]}" --timeout=30
    exec odoo "$@" "${db_args[@]}"
    ;;
  -*)
    wait-for-psql.py "${db_args[@]}" --timeout=30
    exec odoo "$@" "${db_args[@]}"
    ;;
  *)
    exec "$@"
    ;;
esac
