#include "cli/cli.hpp"
#include "serve.hpp"

int main(int argc, char** argv) {
  return reprise::cli::RunCli(argc, argv, {.serve = reprise::Serve});
}
