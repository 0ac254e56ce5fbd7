// A program with messages of its own, by protobuf's full runtime, and some even by the names that the library uses
// inside: both sides keep theirs.
#include <google/protobuf/descriptor.h>
#include <tikv/client.h>
#include <tikv/testing/cluster.h>

#include <cstdio>

#include "kvrpcpb.pb.h"
#include "tikv/proto/kvrpcpb.pb.h"

namespace {

bool own_messages_work() {
  kvrpcpb::RawGetResponse mine;
  mine.set_value("mine");
  tikv::proto::kvrpcpb::RawGetResponse numbers;
  numbers.add_numbers(7);
  tikv::proto::kvrpcpb::RawGetRequest texts;
  texts.add_texts("seven");
  kvrpcpb::RawGetResponse again;
  const auto* pool = google::protobuf::DescriptorPool::generated_pool();
  return again.ParseFromString(mine.SerializeAsString()) && again.value() == "mine" &&
         numbers.SerializeAsString() == std::string("\x0a\x01\x07", 3) && texts.ByteSizeLong() == 7 &&
         pool->FindMessageTypeByName("kvrpcpb.RawGetResponse") != nullptr &&
         // The library's own are not in the pool that all share.
         pool->FindMessageTypeByName("tikv.proto.metapb.Region") == nullptr;
}

bool client_works() {
  auto cluster = tikv::testing::Cluster::start();
  if (!cluster) return false;
  auto client = tikv::Client::connect({.pd_endpoints = cluster->pd_endpoints()}).get();
  if (!client || !client->raw().put("k", "v").get()) return false;
  const auto value = client->raw().get("k").get();
  return value && *value == "v";
}

}  // namespace

int main() {
  if (!own_messages_work()) return std::puts("own messages are broken"), 1;
  if (!client_works()) return std::puts("the client is broken"), 1;
  if (!own_messages_work()) return std::puts("own messages are broken after the client's"), 1;
  return 0;
}
