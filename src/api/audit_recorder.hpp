#pragma once

#include <functional>
#include <string>

#include "access/access_control.hpp"
#include "api/http_message.hpp"
#include "catalog/access_stores.hpp"
#include "catalog/audit_store.hpp"

namespace reprise::api {

struct Route;

// Writes every call that changes something, every sign-in and every download into the audit log: in
// the transaction of the change where there is one, else right after the call. A call whose row
// cannot be written does not succeed. Thread-safe.
class AuditRecorder {
 public:
  // What the routes write to must be `database` itself. All are borrowed.
  AuditRecorder(catalog::AuditedDatabase& database, const Clock& clock,
                const access::AccessControl& control, const catalog::UserStore& users)
      : database_(database), store_(database, clock), control_(control), users_(users) {}

  // The answer of `respond`, which runs on this thread.
  [[nodiscard]] Response Record(const Route& route, const Request& request,
                                const std::function<Response()>& respond) const;
  // Of the call whose `respond` runs on this thread: its first change is written only if
  // `condition` holds at that moment.
  void Require(std::function<Status()> condition) const;
  // A call that was refused before its body was read.
  void RecordRefusal(const Route& route, const Request& head, int status) const;

 private:
  [[nodiscard]] domain::AuditEntry EntryOf(const Route& route, const Request& request) const;
  void Place(const Route& route, const Request& request, domain::AuditEntry& entry) const;
  void NameSigner(const Request& request, const Response& response,
                  domain::AuditEntry& entry) const;
  [[nodiscard]] Status Append(domain::AuditEntry entry, int status) const;

  catalog::AuditedDatabase& database_;
  mutable catalog::AuditStore store_;
  const access::AccessControl& control_;
  const catalog::UserStore& users_;
};

}  // namespace reprise::api
