#include "pd_fixture.h"

namespace tikv::pd {
namespace {

class RegionTest : public PdFixture {
 protected:
  RegionTest() {
    pd_.add_region(1, "", "b");
    pd_.add_region(2, "b", "d");
    pd_.add_region(3, "d", "");
    for (std::uint64_t id = 1; id <= 3; ++id) pd_.add_store(id);
    EXPECT_TRUE(connect());
  }
  static std::vector<std::uint64_t> ids(const Result<std::vector<RegionInfo>>& regions) {
    std::vector<std::uint64_t> result;
    if (!regions) {
      ADD_FAILURE() << regions.error().to_string();
      return result;
    }
    for (const RegionInfo& region : *regions) result.push_back(region.id);
    return result;
  }
  using Ids = std::vector<std::uint64_t>;
};

TEST_F(RegionTest, FindsByKeyByIdAndBefore) {
  const auto region = run(client_->get_region("c"));
  ASSERT_TRUE(region && *region);
  EXPECT_EQ((*region)->id, 2u);
  EXPECT_EQ((*region)->start_key, "b");
  EXPECT_EQ((*region)->end_key, "d");
  EXPECT_EQ((*region)->leader_peer_id, 21u);
  EXPECT_EQ((*region)->peers.size(), 3u);
  EXPECT_EQ(run(client_->get_prev_region("c")).value()->id, 1u);
  EXPECT_EQ(run(client_->get_region_by_id(3)).value()->start_key, "d");
}

TEST_F(RegionTest, NoRegionIsNoError) {
  EXPECT_EQ(run(client_->get_prev_region("a")).value(), std::nullopt);
  EXPECT_EQ(run(client_->get_region_by_id(9)).value(), std::nullopt);
  pd_.regions.erase("b");
  EXPECT_EQ(run(client_->get_region("c")).value(), std::nullopt);
  // As a PD that serves regions from a follower's copy says it.
  net_.on<pdpb::GetRegionRequest>("pd1:2379", [](const pdpb::GetRegionRequest&) -> Reply {
    pdpb::GetRegionResponse response;
    response.mutable_header()->mutable_error()->set_type(pdpb::REGION_NOT_FOUND);
    return response;
  });
  EXPECT_EQ(run(client_->get_region("a")).value(), std::nullopt);
}

TEST_F(RegionTest, OtherHeaderErrorsAreErrors) {
  net_.on<pdpb::GetRegionRequest>("pd1:2379", [](const pdpb::GetRegionRequest&) -> Reply {
    pdpb::GetRegionResponse response;
    response.mutable_header()->mutable_error()->set_type(pdpb::INVALID_VALUE);
    response.mutable_header()->mutable_error()->set_message("bad key");
    return response;
  });
  const auto region = run(client_->get_region("a"));
  ASSERT_FALSE(region);
  EXPECT_EQ(region.error().kind(), ErrorKind::kServer);
  EXPECT_EQ(region.error().message(), "PD GetRegion: INVALID_VALUE: bad key");
}

TEST_F(RegionTest, ScansRangesWithALimit) {
  EXPECT_EQ(ids(run(client_->scan_regions(KeyRange::all(), 0))), (Ids{1, 2, 3}));
  EXPECT_EQ(ids(run(client_->scan_regions(KeyRange::all(), 2))), (Ids{1, 2}));
  EXPECT_EQ(ids(run(client_->scan_regions(KeyRange("c", "d"), 0))), (Ids{2}));
  EXPECT_EQ(ids(run(client_->scan_regions(KeyRange("c", ""), 0))), (Ids{2, 3}));
}

TEST_F(RegionTest, EmptyAndReversedRangesAreNotSent) {
  const std::size_t steps = net_.steps();
  EXPECT_EQ(ids(run(client_->scan_regions(KeyRange("c", "c"), 0))), Ids());
  EXPECT_EQ(run(client_->scan_regions(KeyRange("d", "c"), 0)).error().kind(), ErrorKind::kInvalidArgument);
  EXPECT_EQ(ids(run(client_->batch_scan_regions({}, 0))), Ids());
  EXPECT_EQ(ids(run(client_->batch_scan_regions({KeyRange("c", "c")}, 0))), Ids());
  EXPECT_EQ(run(client_->batch_scan_regions({KeyRange("a", "b"), KeyRange("d", "c")}, 0)).error().kind(),
            ErrorKind::kInvalidArgument);
  EXPECT_EQ(net_.steps(), steps);
}

TEST_F(RegionTest, BatchScanGivesEachRegionOnce) {
  const std::vector<KeyRange> ranges = {KeyRange("a", "a1"), KeyRange("b", "b1"), KeyRange("c", "c1")};
  EXPECT_EQ(ids(run(client_->batch_scan_regions(ranges, 0))), (Ids{1, 2}));
  EXPECT_EQ(net_.count("BatchScanRegions"), 1u);
  EXPECT_EQ(net_.count("ScanRegions"), 0u);
}

TEST_F(RegionTest, BatchScanFallsBackToScans) {
  net_.on<pdpb::BatchScanRegionsRequest>("pd1:2379", [](const pdpb::BatchScanRegionsRequest&) -> Reply {
    return Reply::status(net::StatusCode::kUnimplemented);
  });
  const std::vector<KeyRange> ranges = {KeyRange("a", "a1"), KeyRange("b", "b1"), KeyRange("c", "c1"),
                                        KeyRange("e", "")};
  EXPECT_EQ(ids(run(client_->batch_scan_regions(ranges, 0))), (Ids{1, 2, 3}));
  EXPECT_EQ(ids(run(client_->batch_scan_regions(ranges, 2))), (Ids{1, 2}));
}

TEST_F(RegionTest, StoresAreFoundAndTombstonesAreNot) {
  proto::metapb::Store& removed = pd_.add_store(4);
  removed.set_state(proto::metapb::Tombstone);
  removed.set_node_state(proto::metapb::Removed);
  const auto store = run(client_->get_store(2));
  ASSERT_TRUE(store && *store);
  EXPECT_EQ((*store)->address, "store2:20160");
  EXPECT_EQ(run(client_->get_store(4)).value(), std::nullopt);
  const auto all = run(client_->get_all_stores());
  ASSERT_TRUE(all);
  EXPECT_EQ(all->size(), 3u);
}

TEST_F(RegionTest, AnUnknownStoreIsNoErrorWhateverPdCallsIt) {
  EXPECT_EQ(run(client_->get_store(9)).value(), std::nullopt);
  EXPECT_EQ(net_.count("GetAllStores"), 1u) << "PD's error has no type, so the list decides";
  net_.on<pdpb::GetStoreRequest>("pd1:2379", [](const pdpb::GetStoreRequest&) -> Reply {
    pdpb::GetStoreResponse response;
    response.mutable_header()->mutable_error()->set_type(pdpb::UNKNOWN);
    return response;
  });
  EXPECT_EQ(run(client_->get_store(2)).value()->id, 2u);
}

TEST_F(RegionTest, APdWithoutACallIsUnsupported) {
  net_.on<pdpb::GetAllStoresRequest>("pd1:2379", [](const pdpb::GetAllStoresRequest&) -> Reply {
    return Reply::status(net::StatusCode::kUnimplemented);
  });
  EXPECT_EQ(run(client_->get_all_stores()).error().kind(), ErrorKind::kUnsupported);
}

}  // namespace
}  // namespace tikv::pd
