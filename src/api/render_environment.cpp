#include "api/render.hpp"

namespace reprise::api {

namespace json = boost::json;

json::object RenderEnvironment(const domain::Environment& environment) {
  return {{"id", environment.id.value},
          {"project_id", TextOrNull(environment.project_id.value)},
          {"server_id", TextOrNull(environment.server_id.value)},
          {"name", environment.name},
          {"environment_type", domain::NameOf(environment.type)},
          {"status", domain::NameOf(environment.status)},
          {"origin", domain::NameOf(environment.origin)},
          {"odoo_version", TextOrNull(environment.odoo_version)},
          {"db_name", TextOrNull(environment.db_name)},
          {"db_user", TextOrNull(environment.db_user)},
          {"data_dir", TextOrNull(environment.data_dir)},
          {"containers",
           {{"odoo", TextOrNull(environment.containers.odoo)},
            {"db", TextOrNull(environment.containers.db)},
            {"pgbouncer", TextOrNull(environment.containers.pgbouncer)}}},
          {"images",
           {{"odoo", TextOrNull(environment.images.odoo)},
            {"db", TextOrNull(environment.images.db)},
            {"pgbouncer", TextOrNull(environment.images.pgbouncer)}}},
          {"volumes", json::array(environment.volumes.begin(), environment.volumes.end())},
          {"network", TextOrNull(environment.network)},
          {"url", TextOrNull(environment.url)},
          {"error_message", TextOrNull(environment.error_message)},
          {"expires_at", TimeOrNull(environment.expires_at)},
          {"created_at", FormatInstant(environment.created_at)},
          {"updated_at", FormatInstant(environment.updated_at)}};
}

}  // namespace reprise::api
