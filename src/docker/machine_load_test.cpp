#include "docker/machine_load.hpp"

#include <gtest/gtest.h>

namespace reprise::docker {
namespace {

constexpr std::string_view kPrinted =
    "8:1 /\n"
    "0:22 /proc\n"
    "0:55 /var/lib\n"
    "259:300 /var/lib\n"
    "Filesystem     1-blocks        Used   Available Capacity Mounted on\n"
    "/dev/sda1  100000000000 60000000000 40000000000      60% /\n"
    "/dev/sdb1  500000000000 10000000000 490000000000      2% /var/lib\n"
    "/dev/sdc1            10          10           0    100% /var/lib/dock\n"
    "MemTotal:        8000000 kB\n"
    "MemFree:          100000 kB\n"
    "MemAvailable:    3000000 kB\n"
    "HugePages_Total:       0\n"
    "0.75 0.50 0.25 1/500 4242\n";

TEST(MachineLoadTest, TakesTheFileSystemThatHoldsTheEnginesData) {
  const auto load = ReadMachineLoad(kPrinted, {.cpus = 4, .root_dir = "/var/lib/docker"}).value();
  EXPECT_EQ(load.cpus, 4);
  EXPECT_DOUBLE_EQ(load.busy_cpus, 0.75);
  EXPECT_EQ(load.memory_bytes, 8'192'000'000U);
  EXPECT_EQ(load.memory_free_bytes, 3'072'000'000U);
  EXPECT_EQ(load.disk_path, "/var/lib");
  EXPECT_EQ(load.disk_device, "1114924") << "259:300 in one number";
  EXPECT_EQ(ReadMachineLoad(kPrinted, {.root_dir = "/srv/docker"})->disk_device, "2049");
  EXPECT_EQ(load.disk_free_bytes, 490'000'000'000U);
  EXPECT_EQ(ReadMachineLoad(kPrinted, {.root_dir = "/srv/docker"})->disk_path, "/");
}

TEST(MachineLoadTest, WhatIsCutOffAtItsBeginningCostsTheDevicesOnly) {
  const std::string_view rest = kPrinted.substr(kPrinted.find("/dev/sda1"));
  const auto load = ReadMachineLoad(rest, {.root_dir = "/var/lib/docker"});
  ASSERT_TRUE(load) << load.error().Sentence();
  EXPECT_EQ(load->disk_free_bytes, 490'000'000'000U);
  EXPECT_EQ(load->memory_bytes, 8'192'000'000U);
  EXPECT_EQ(load->disk_device, "");
}

TEST(MachineLoadTest, AMachineThatDoesNotTellIsNotGuessedAt) {
  EXPECT_FALSE(ReadMachineLoad("", {}));
  EXPECT_FALSE(ReadMachineLoad("This account is not available.\n", {.root_dir = "/"}));
}

}  // namespace
}  // namespace reprise::docker
