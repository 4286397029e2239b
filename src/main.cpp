#include <fmt/format.h>

#include <cstdio>

#include "cli/cli.hpp"
#include "node/node.hpp"

namespace {

// Says the exit code.
int Told(const reprise::Status& status) {
  if (status) return 0;
  const reprise::Error& error = status.error();
  fmt::print(stderr, "reprise: {}\n", error.Sentence());
  if (!error.hint.empty()) fmt::print(stderr, "hint: {}\n", error.hint);
  return reprise::TraitsOf(error.code).exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace reprise;
  return cli::RunCli(
      argc, argv,
      {.serve = [](const cli::ServeOptions& options) { return Told(node::Run(options)); },
       .migrate = [](const cli::MigrateOptions& options) { return Told(node::Migrate(options)); },
       .export_state =
           [](const cli::ExportOptions& options) { return Told(node::Export(options)); },
       .import_state =
           [](const cli::ImportStateOptions& options) {
             return Told(node::ImportState(options));
           }});
}
