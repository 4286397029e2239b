#pragma once

#include <boost/json/object.hpp>

#include "base/error.hpp"
#include "domain/audit.hpp"

// A row of the audit log as the API tells it, and read back from there: nothing that its hash
// covers is lost on the way.
namespace reprise::api {

[[nodiscard]] boost::json::object RenderAuditEntry(const domain::AuditEntry& entry);
// kInvalidArgument for what is no such row.
[[nodiscard]] Result<domain::AuditEntry> ReadAuditEntry(const boost::json::value& value);

}  // namespace reprise::api
