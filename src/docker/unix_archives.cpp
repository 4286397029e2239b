#include <fmt/format.h>

#include "docker/unix_engine.hpp"

namespace reprise::docker {

Status UnixEngine::PutArchive(const Context& ctx, std::string_view container, std::string_view path,
                              ByteReader& tar) {
  ASSIGN_OR_RETURN(const std::string segment, PathSegment(Subject::kContainer, container));
  HttpRequest request{"PUT",
                      WithQuery(fmt::format("/containers/{}/archive", segment), {{"path", path}})};
  request.upload = &tar;
  ASSIGN_OR_RETURN(OpenExchange exchange, api_.Open(ctx, std::move(request)));
  ASSIGN_OR_RETURN(const Answer answer, ReadAnswer(ctx, std::move(exchange)));
  if (answer.ok()) return {};
  return Fail(RefusalOf(answer, Subject::kContainer, container,
                        fmt::format("unpack into {} of container {}", path, container)));
}

Status UnixEngine::GetArchive(const Context& ctx, std::string_view container, std::string_view path,
                              ByteWriter& tar) {
  ASSIGN_OR_RETURN(const std::string segment, PathSegment(Subject::kContainer, container));
  HttpRequest request{"GET",
                      WithQuery(fmt::format("/containers/{}/archive", segment), {{"path", path}})};
  ASSIGN_OR_RETURN(OpenExchange exchange, api_.Open(ctx, std::move(request)));
  if (exchange.head.status >= 300) {
    ASSIGN_OR_RETURN(const Answer answer, ReadAnswer(ctx, std::move(exchange)));
    return Fail(RefusalOf(answer, Subject::kContainer, container,
                          fmt::format("read {} of container {}", path, container)));
  }
  const Result<ByteCount> copied = Copy(ctx, exchange.connection->body(), tar);
  if (!copied) return Fail(copied.error());
  return {};
}

}  // namespace reprise::docker
