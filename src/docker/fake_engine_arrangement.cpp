// What a test arranges in a FakeEngine and looks at.
#include <fmt/format.h>

#include "docker/fake_engine.hpp"

namespace reprise::docker {

void FakeEngine::AddImage(ImageInfo image) {
  const std::scoped_lock lock(mutex_);
  if (image.id.empty()) image.id = fmt::format("sha256:{:064x}", next_number_++);
  for (const std::string& tag : image.tags) images_[tag] = image;
  images_[image.id] = image;
}

void FakeEngine::OnExec(ExecHandler handler) {
  const std::scoped_lock lock(mutex_);
  exec_ = std::move(handler);
}

void FakeEngine::OnStart(StartHandler handler) {
  const std::scoped_lock lock(mutex_);
  start_ = std::move(handler);
}

void FakeEngine::OnCall(CallHandler handler) {
  const std::scoped_lock lock(mutex_);
  call_ = std::move(handler);
}

void FakeEngine::FailNext(std::string call, Error error) {
  const std::scoped_lock lock(mutex_);
  failures_.emplace_back(std::move(call), std::move(error));
}

void FakeEngine::SetHealth(std::string_view container, std::string health) {
  const std::scoped_lock lock(mutex_);
  if (Container* found = Find(container)) found->info.state.health = std::move(health);
}

void FakeEngine::SetLog(std::string_view container, std::string text) {
  const std::scoped_lock lock(mutex_);
  if (Container* found = Find(container)) found->log = std::move(text);
}

void FakeEngine::SetArchive(std::string_view container, std::string_view path, std::string tar) {
  const std::scoped_lock lock(mutex_);
  if (Container* found = Find(container)) found->archives[std::string(path)] = std::move(tar);
}

void FakeEngine::Finish(std::string_view container, int exit_code) {
  const std::scoped_lock lock(mutex_);
  [[maybe_unused]] const Status ended = End(container, exit_code);
}

std::vector<std::string> FakeEngine::calls() const {
  const std::scoped_lock lock(mutex_);
  return calls_;
}

std::vector<ContainerSpec> FakeEngine::created() const {
  const std::scoped_lock lock(mutex_);
  return created_;
}

std::string FakeEngine::ArchiveAt(std::string_view container, std::string_view path) const {
  const std::scoped_lock lock(mutex_);
  const Container* found = Find(container);
  if (found == nullptr) return {};
  const auto archive = found->archives.find(path);
  return archive == found->archives.end() ? std::string() : archive->second;
}

}  // namespace reprise::docker
