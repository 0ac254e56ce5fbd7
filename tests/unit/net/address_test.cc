#include "net/address.h"

#include <gtest/gtest.h>

namespace tikv::net {
namespace {

struct Case {
  std::string_view text;
  std::string_view host;
  std::uint16_t port;
  bool tls;
  std::string_view authority;
};

TEST(AddressTest, Reads) {
  for (const Case& c :
       {Case{"127.0.0.1:2379", "127.0.0.1", 2379, false, "127.0.0.1:2379"},
        Case{"pd-0.pd:2379", "pd-0.pd", 2379, false, "pd-0.pd:2379"},
        Case{"http://pd:2379", "pd", 2379, false, "pd:2379"}, Case{"http://pd:2379/", "pd", 2379, false, "pd:2379"},
        Case{"https://pd:2379", "pd", 2379, true, "pd:2379"}, Case{"[::1]:20160", "::1", 20160, false, "[::1]:20160"},
        Case{"http://[fe80::1]:65535", "fe80::1", 65535, false, "[fe80::1]:65535"}}) {
    const Result<Address> address = parse_address(c.text);
    ASSERT_TRUE(address.has_value()) << c.text;
    EXPECT_EQ(address->host, c.host);
    EXPECT_EQ(address->port, c.port);
    EXPECT_EQ(address->tls, c.tls);
    EXPECT_EQ(address->authority, c.authority);
  }
}

TEST(AddressTest, RefusesWhatIsNone) {
  for (const std::string_view text :
       {"", ":", "pd", "pd:", ":2379", "pd:0", "pd:65536", "pd:-1", "pd:2379x", "pd:23 79", "::1:2379", "[::1]",
        "[::1]2379", "[]:1", "http://", "ftp://pd:2379", "http://pd:2379/path", "p d:2379", "user@pd:1"}) {
    const Result<Address> address = parse_address(text);
    ASSERT_FALSE(address.has_value()) << text;
    EXPECT_EQ(address.error().kind(), ErrorKind::kInvalidArgument);
    EXPECT_NE(address.error().message().find("'" + std::string(text) + "'"), std::string::npos);
  }
}

}  // namespace
}  // namespace tikv::net
