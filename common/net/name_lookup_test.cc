#include "common/net/name_lookup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

#include "common/net/fake_name_server.h"
#include "common/net/fake_net_world.h"

namespace assist {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class NameLookupTest : public FakeNetWorld {
 protected:
  using Found = Result<std::vector<asio::ip::address>>;

  NameLookupTest() {
    options_.hosts_file = File("hosts", "");
    options_.resolver_file = File("resolv.conf", "search inside.example\n");
    options_.servers = dns_.address();
    options_.try_after = milliseconds(100);
  }

  static std::string File(const std::string& name, const std::string& text) {
    const std::string path =
        ::testing::TempDir() + ::testing::UnitTest::GetInstance()->current_test_info()->name() + '.' + name;
    std::ofstream(path) << text;
    return path;
  }
  static asio::awaitable<void> Keep(asio::awaitable<Found> work, std::optional<Found>& found) {
    found.emplace(co_await std::move(work));
  }
  /// Time goes on while it waits: c-ares looks at the real one, the clock says when to look.
  Found LookUp(std::string host, SteadyTime deadline = kNoDeadline) {
    std::optional<Found> found;
    scope_.Spawn("look up", Keep(LookUpName(std::move(host), clock_, deadline, options_), found));
    RunUntil([&] {
      clock_.Advance(milliseconds(20));
      return found.has_value();
    });
    if (!found) return Fail(Errc::kInternal, "did not end");
    return std::move(*found);
  }
  static std::vector<std::string> Texts(const Found& found) {
    std::vector<std::string> texts;
    if (!found) {
      texts.push_back(found.error().detail);
      return texts;
    }
    for (const auto& address : *found) texts.push_back(address.to_string());
    return texts;
  }

  FakeNameServer dns_{io_.get_executor()};
  NameLookupOptions options_;
};

TEST_F(NameLookupTest, AddressesOfBothFamiliesAreFound) {
  dns_.zones["server.example"] = {.v4 = {"127.0.0.2", "127.0.0.3"}, .v6 = {"::1"}};
  EXPECT_THAT(Texts(LookUp("server.example")), UnorderedElementsAre("127.0.0.2", "127.0.0.3", "::1"));
  EXPECT_THAT(dns_.asked, UnorderedElementsAre("server.example A", "server.example AAAA"));
}

TEST_F(NameLookupTest, OneFamilyIsEnough) {
  dns_.zones["four.example"] = {.v4 = {"127.0.0.2"}};
  dns_.zones["six.example"] = {.v6 = {"2001:db8::7"}};
  EXPECT_THAT(Texts(LookUp("four.example")), ElementsAre("127.0.0.2"));
  EXPECT_THAT(Texts(LookUp("six.example")), ElementsAre("2001:db8::7"));
}

TEST_F(NameLookupTest, AddressesAndLocalhostNeedNoServer) {
  EXPECT_THAT(Texts(LookUp("192.0.2.1")), ElementsAre("192.0.2.1"));
  EXPECT_THAT(Texts(LookUp("2001:db8::1")), ElementsAre("2001:db8::1"));
  EXPECT_THAT(Texts(LookUp("localhost")), ElementsAre("127.0.0.1"));
  EXPECT_THAT(dns_.asked, IsEmpty());
}

TEST_F(NameLookupTest, AHostThatDoesNotExistSaysSoAndWhoSaidIt) {
  auto found = LookUp("absent.example");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Errc::kUnavailable);
  EXPECT_EQ(found.error().reason, kNetResolve);
  EXPECT_THAT(found.error().detail,
              AllOf(HasSubstr("cannot find absent.example: there is no such host"), HasSubstr(dns_.address())));
}

TEST_F(NameLookupTest, ANameWithoutAddressesSaysSo) {
  dns_.zones["mail.example"] = {};
  EXPECT_THAT(Texts(LookUp("mail.example")), ElementsAre(HasSubstr("the name exists, but has no address")));
}

TEST_F(NameLookupTest, WhatIsNoNameIsRefused) {
  for (const std::string& name : {std::string(), std::string("a\0b", 3), std::string(300, 'a'), std::string("a..b")}) {
    auto found = LookUp(name);
    ASSERT_FALSE(found) << name;
    EXPECT_THAT(found.error().detail, HasSubstr("no name of a host")) << name;
  }
  EXPECT_THAT(Texts(LookUp("host.invalid")), ElementsAre(HasSubstr("there is no such host")));
  EXPECT_THAT(dns_.asked, IsEmpty());
}

TEST_F(NameLookupTest, TheHostsFileGoesFirstAndIsReadEachTime) {
  dns_.zones["server.example"] = {.v4 = {"127.0.0.2"}};
  EXPECT_THAT(Texts(LookUp("server.example")), ElementsAre("127.0.0.2"));
  dns_.asked.clear();
  File("hosts", "127.0.0.9 Server.example\n2001:db8::9 server.example\n");
  EXPECT_THAT(Texts(LookUp("server.example")), ElementsAre("127.0.0.9", "2001:db8::9"));
  EXPECT_THAT(dns_.asked, IsEmpty());
}

TEST_F(NameLookupTest, ShortNamesAreLookedForInTheSearchedDomains) {
  dns_.zones["server.inside.example"] = {.v4 = {"127.0.0.4"}};
  EXPECT_THAT(Texts(LookUp("server")), ElementsAre("127.0.0.4"));
}

TEST_F(NameLookupTest, ALostQuestionIsAskedAgain) {
  dns_.zones["server.example"] = {.v4 = {"127.0.0.2"}, .lost = 2};
  EXPECT_THAT(Texts(LookUp("server.example")), ElementsAre("127.0.0.2"));
  EXPECT_GE(dns_.asked.size(), 3u);
}

TEST_F(NameLookupTest, TheNextServerIsAskedWhenOneFails) {
  FakeNameServer good(io_.get_executor());
  dns_.zones["server.example"] = {.code = 2};
  good.zones["server.example"] = {.v4 = {"127.0.0.5"}};
  options_.servers = dns_.address() + "," + good.address();
  EXPECT_THAT(Texts(LookUp("server.example")), ElementsAre("127.0.0.5"));
  EXPECT_FALSE(dns_.asked.empty());
}

TEST_F(NameLookupTest, FailuresOfTheServersAreNamed) {
  dns_.zones["broken.example"] = {.code = 2};
  dns_.zones["refused.example"] = {.code = 5};
  dns_.zones["silent.example"] = {.silent = true};
  options_.rounds = 1;
  for (const char* name : {"broken.example", "refused.example", "silent.example"}) {
    auto found = LookUp(name);
    ASSERT_FALSE(found) << name;
    EXPECT_EQ(found.error().code, Errc::kUnavailable);
    EXPECT_THAT(found.error().detail, AllOf(HasSubstr("name servers"), HasSubstr(dns_.address()))) << name;
  }
  EXPECT_THAT(Texts(LookUp("silent.example")), ElementsAre(HasSubstr("no answer of the name servers")));
}

TEST_F(NameLookupTest, AServerThatIsNotThereIsNamed) {
  {
    FakeNameServer gone(io_.get_executor());
    options_.servers = gone.address();
  }
  // Whether a refused datagram is told to its sender is the system's affair.
  EXPECT_THAT(Texts(LookUp("server.example")),
              ElementsAre(AnyOf(HasSubstr("cannot reach the name servers " + options_.servers),
                                HasSubstr("no answer of the name servers " + options_.servers))));
}

TEST_F(NameLookupTest, TheDeadlineEndsIt) {
  dns_.zones["silent.example"] = {.silent = true};
  options_.try_after = seconds(30);
  auto found = LookUp("silent.example", In(seconds(2)));
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Errc::kExpired);
  EXPECT_EQ(found.error().reason, kNetResolve);
  EXPECT_THAT(found.error().detail, AllOf(HasSubstr("silent.example took too long"), HasSubstr(dns_.address())));
}

TEST_F(NameLookupTest, LongAnswersComeByTcp) {
  dns_.zones["many.example"] = {.v4 = {"127.0.0.2"}, .truncated = true};
  EXPECT_THAT(Texts(LookUp("many.example")), ElementsAre("127.0.0.2"));
  EXPECT_THAT(dns_.asked, ::testing::Contains("many.example A tcp"));
}

TEST_F(NameLookupTest, WhatIsNoAnswerIsPassedOver) {
  dns_.zones["server.example"] = {.v4 = {"127.0.0.2"}, .garbage_first = true};
  EXPECT_THAT(Texts(LookUp("server.example")), ElementsAre("127.0.0.2"));
}

TEST_F(NameLookupTest, WithoutItsFilesItSaysWhom) {
  options_.hosts_file = "/nonexistent/hosts";
  options_.resolver_file = "/nonexistent/resolv.conf";
  dns_.zones["server.example"] = {.v4 = {"127.0.0.2"}};
  EXPECT_THAT(Texts(LookUp("server.example")), ElementsAre("127.0.0.2"));
}

TEST_F(NameLookupTest, ACancelledLookUpEnds) {
  dns_.zones["silent.example"] = {.silent = true};
  std::optional<Found> found;
  scope_.Spawn("look up", Keep(LookUpName("silent.example", clock_, kNoDeadline, options_), found));
  RunUntil([&] { return dns_.asked.size() >= 2; });
  Run(scope_.Close());
  EXPECT_EQ(scope_.running(), 0u);
}

TEST_F(NameLookupTest, AnExecutorThatGoesTakesTheLookUpWithIt) {
  dns_.zones["silent.example"] = {.silent = true};
  std::optional<Found> found;
  {
    asio::io_context other;  // leaks would be seen by AddressSanitizer
    asio::co_spawn(other, Keep(LookUpName("silent.example", clock_, kNoDeadline, options_), found),
                   [](std::exception_ptr) {});
    while (other.poll() > 0) {
    }
  }
  EXPECT_FALSE(found);
}

TEST_F(NameLookupTest, AConnectionIsMadeToAName) {
  Serve(nullptr);
  EXPECT_TRUE(Run(ConnectTcp(Address("localhost"), clock_, In(seconds(5)))));
}

}  // namespace
}  // namespace assist
