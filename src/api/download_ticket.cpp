#include "api/download_ticket.hpp"

#include <fmt/format.h>

namespace reprise::api {
namespace {

tl::unexpected<Error> Refuse(std::string message) {
  return Fail(ErrorCode::kUnauthenticated, std::move(message),
              "ask for a new address: GET /api/v1/backups/{id}/download-link?via=server");
}

std::string SealedFor(const std::string& path) { return "download " + path; }

}  // namespace

std::string DownloadTickets::AddressFor(const access::Caller& caller,
                                        const std::string& path) const {
  // "EXPIRES USER PROJECT"; ids hold no space, and an absent one is empty.
  const std::string text =
      fmt::format("{} {} {}", FormatInstant(parts_.clock.Now() + kDownloadValid),
                  caller.user_id.value, caller.only_project.value);
  return fmt::format("{}?ticket={}", path, parts_.box.Seal(text, SealedFor(path)));
}

Result<access::Caller> DownloadTickets::Redeem(const std::string& path,
                                               std::string_view ticket) const {
  const Result<std::string> text = parts_.box.Open(ticket, SealedFor(path));
  if (!text) return Refuse("the ticket is not one for this download");
  const std::size_t first = text->find(' ');
  const std::size_t second = text->find(' ', first + 1);
  ASSIGN_OR_RETURN(const Instant expires, ParseInstant(text->substr(0, first)));
  if (expires <= parts_.clock.Now()) return Refuse("the ticket has expired");
  const domain::UserId user{text->substr(first + 1, second - first - 1)};
  access::Caller caller;
  if (user.empty()) {
    caller.name = "admin";
    caller.is_installation = true;
  } else {
    ASSIGN_OR_RETURN(caller, parts_.credentials.OfPerson(user));
  }
  caller.scopes.emplace();
  caller.scopes->Add(domain::Permission::kProjectBackupsDownload);
  caller.only_project.value = text->substr(second + 1);
  return caller;
}

}  // namespace reprise::api
