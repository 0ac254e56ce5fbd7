// A program with protobuf and TiKV messages of its own, that uses the client.
#include <tikv/client.h>
#ifdef HAS_CLUSTER
#include <tikv/testing/cluster.h>
#endif

#include <google/protobuf/descriptor.h>

#include <chrono>
#include <cstdio>
#include <string>

#include "kvrpcpb.pb.h"

namespace {

bool own_messages_work() {
  kvrpcpb::GetRequest request;
  request.mutable_context()->set_region_id(7);
  request.set_key("k");
  request.set_note("of our own");
  kvrpcpb::GetRequest again;
  if (!again.ParseFromString(request.SerializeAsString()) || again.note() != "of our own") return false;
  // The pool of descriptors has our messages, and none of the client's.
  const auto* pool = google::protobuf::DescriptorPool::generated_pool();
  return pool->FindMessageTypeByName("kvrpcpb.GetRequest") == kvrpcpb::GetRequest::descriptor() &&
         pool->FindMessageTypeByName("tikv.proto.kvrpcpb.GetRequest") == nullptr &&
         again.DebugString().find("of our own") != std::string::npos;
}

#ifdef HAS_CLUSTER
bool client_works() {
  auto cluster = tikv::testing::Cluster::start();
  if (!cluster) return false;
  auto client = tikv::Client::connect({.pd_endpoints = cluster->pd_endpoints()}).get();
  if (!client || !client->raw().put("k", "v").get()) return false;
  auto txn = client->begin().get();
  if (!txn || !txn->put("t", "1") || !own_messages_work()) return false;
  const auto committed = txn->commit().get();
  if (!committed) return false;
  const auto read = client->snapshot(committed->commit_ts).get("t").get();
  const auto raw = client->raw().get("k").get();
  return read && *read == "1" && raw && *raw == "v";
}
#else
bool client_works() {
  auto client = tikv::Client::connect({.pd_endpoints = {"127.0.0.1:1"}}).with_timeout(std::chrono::seconds(1)).get();
  return !client && client.error().kind() == tikv::ErrorKind::kDeadline;
}
#endif

}  // namespace

int main() {
  if (!own_messages_work()) return std::puts("the program's messages don't work"), 1;
  if (!client_works()) return std::puts("the client does not work"), 1;
  if (!own_messages_work()) return std::puts("the program's messages don't work any more"), 1;
  return 0;
}
