#pragma once

#include <gtest/gtest.h>

#include <utility>

#include "docker/fake_engine.hpp"

namespace reprise::postgres::testing {

// The container shop_db of PostgreSQL 13, running.
inline void StartShopDb(docker::FakeEngine& engine, docker::EnvironmentVariables environment = {}) {
  docker::ContainerSpec spec;
  spec.name = "shop_db";
  spec.image = "postgres:13";
  spec.environment = std::move(environment);
  engine.AddImage({.tags = {spec.image}});
  ASSERT_TRUE(engine.Create(Context(), spec));
  ASSERT_TRUE(engine.Start(Context(), spec.name));
}

}  // namespace reprise::postgres::testing
