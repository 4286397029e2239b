#include "postgres/load_client.hpp"

#include <fmt/format.h>

#include "base/lines.hpp"
#include "postgres/answer_writer.hpp"
#include "postgres/sql_errors.hpp"

namespace reprise::postgres {
namespace {

constexpr std::size_t kMostComplaints = 32 * 1024;

std::vector<std::string> Command(std::string program, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), std::move(program));
  return arguments;
}

}  // namespace

Result<LoadClient> LoadClient::Start(const Context& ctx, const Cluster& cluster,
                                     const std::string& name, const docker::Labels& labels) {
  ASSIGN_OR_RETURN(const docker::ContainerInfo server,
                   cluster.engine().Inspect(ctx, cluster.container()));
  docker::ContainerSpec spec;
  spec.name = name;
  spec.image = server.image_id;
  spec.entrypoint = {"sleep"};
  spec.command = {"infinity"};
  spec.user = "postgres";
  spec.environment = {{"HOME", "/tmp"}};
  spec.labels = labels;
  spec.network_mode = "container:" + server.id;
  spec.working_dir = "/tmp";
  spec.init = true;
  spec.unprivileged = true;
  spec.most_processes = 64;
  ASSIGN_OR_RETURN(auto container, docker::ThrowawayContainer::Start(ctx, cluster.engine(), spec));
  return LoadClient(std::move(container));
}

Status LoadClient::Put(const Context& ctx, ByteReader& content, std::string_view path) const {
  TailWriter error;
  ASSIGN_OR_RETURN(const int exit_code,
                   container_.Exec(ctx,
                                   {.argv = {"dd", "bs=1M", "status=none", "iflag=fullblock",
                                             "of=" + std::string(path)}},
                                   {.input = &content, .error = &error}));
  if (exit_code == 0) return {};
  if (error.text().find("No space left") != std::string::npos) {
    return Fail(ErrorCode::kNoSpace, "the engine's disk is full: the dump does not fit beside it",
                "free space where Docker keeps its data, then try again");
  }
  return Fail(ErrorCode::kContainerFailed,
              fmt::format("could not write {} in {}: {}", path, container_.name(), error.text()));
}

Result<std::string> LoadClient::AskPgRestore(const Context& ctx,
                                             std::vector<std::string> arguments) const {
  AnswerWriter answer;
  TailWriter error(kMostComplaints);
  ASSIGN_OR_RETURN(const int code,
                   container_.Exec(ctx, {.argv = Command("pg_restore", std::move(arguments))},
                                   {.output = &answer, .error = &error}));
  if (code != 0) return Fail(LoadError("pg_restore", error.text()));
  return answer.text();
}

Status LoadClient::PgRestore(const Context& ctx, std::vector<std::string> arguments,
                             const docker::EnvironmentVariables& login) const {
  TailWriter error(kMostComplaints);
  ASSIGN_OR_RETURN(
      const int restored,
      container_.Exec(ctx,
                      {.argv = Command("pg_restore", std::move(arguments)), .environment = login},
                      {.error = &error}));
  if (restored != 0) return Fail(LoadError("pg_restore", error.text()));
  return {};
}

Status LoadClient::Psql(const Context& ctx, const docker::EnvironmentVariables& login,
                        ByteReader& sql, ByteWriter* echo) const {
  TailWriter error(kMostComplaints);
  ASSIGN_OR_RETURN(const int loaded,
                   container_.Exec(ctx,
                                   {.argv = {"psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-o",
                                             "/dev/null", "-f", "-"},
                                    .environment = login},
                                   {.input = &sql, .output = echo, .error = &error}));
  if (loaded != 0) return Fail(LoadError("psql", error.text()));
  return {};
}

Result<LoadClient::Ended> LoadClient::Run(const Context& ctx, std::vector<std::string> command,
                                          const docker::EnvironmentVariables& environment) const {
  TailWriter output(kMostComplaints);
  TailWriter error(kMostComplaints);
  ASSIGN_OR_RETURN(const int exit_code,
                   container_.Exec(ctx, {.argv = std::move(command), .environment = environment},
                                   {.output = &output, .error = &error}));
  return Ended{exit_code, output.text(), error.text()};
}

}  // namespace reprise::postgres
