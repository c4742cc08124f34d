#include "server/artifacts/stock_archives.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <optional>
#include <set>

#include "common/async/manual_clock.h"
#include "common/crypto/hash.h"
#include "common/net/http_body.h"
#include "common/runtime/thread_blocking_pool.h"

namespace assist::server::artifacts {
namespace {

class StockArchivesTest : public testing::Test, public StockArchiveList {
 protected:
  StockArchivesTest() {
    path_ = std::filesystem::path(testing::TempDir()) / ("stock_archives_" + std::to_string(getpid()));
    std::filesystem::remove_all(path_);
    ArtifactFolder::Options options;
    options.folder = path_.string();
    options.spare_bytes = 0;
    artifacts_ = std::make_unique<Artifacts>(std::move(*ArtifactFolder::Open(options)), pool_, clock_,
                                             Artifacts::Limits{1, 1, 3, 2});
    stock_ = std::make_unique<StockArchives>(*this, *artifacts_);
  }
  ~StockArchivesTest() override { std::filesystem::remove_all(path_); }

  /// An archive in its place; its path here.
  std::string Put(const std::string& bytes, bool for_stock_agents) {
    const std::string hash = Sha256Hex(bytes);
    const auto put = Run(artifacts_->Put({hash, static_cast<std::int64_t>(bytes.size()), 0, bytes}));
    EXPECT_TRUE(put && put->complete);
    if (for_stock_agents) listed_.insert(hash);
    return std::string(kStockPath) + hash + "/2.2.3.600_update.zip";
  }
  HttpResponse Get(const std::string& target, const std::string& range = "", const std::string& method = "GET",
                   const std::string& peer = "192.0.2.1") {
    HttpRequest request;
    request.method = method;
    request.target = target;
    if (!range.empty()) request.headers.Set("Range", range);
    return Run(stock_->Handle(request, peer));
  }
  std::string BodyOf(const HttpResponse& response) {
    if (!response.source) return response.body;
    std::string body(response.source->size(), '\0');
    EXPECT_TRUE(Run(response.source->Read(body)));
    return body;
  }
  template <class T>
  T Run(asio::awaitable<T> work) {
    asio::io_context io;
    std::optional<T> got;
    asio::co_spawn(io, std::move(work), [&got](std::exception_ptr error, T value) {
      if (error) std::rethrow_exception(error);
      got.emplace(std::move(value));
    });
    auto hold = asio::make_work_guard(io);
    while (!got && io.run_one() > 0) {
    }
    return std::move(*got);
  }

  bool busy_ = false;
  ManualClock clock_;
  ThreadBlockingPool pool_{2, "artifacts"};
  std::unique_ptr<Artifacts> artifacts_;

 private:
  asio::awaitable<Result<bool>> IsForStockAgents(std::string sha256) override {
    if (busy_) co_return Fail(Errc::kUnavailable, "busy");
    co_return listed_.contains(sha256);
  }

  std::filesystem::path path_;
  std::set<std::string> listed_;
  std::unique_ptr<StockArchives> stock_;
};

TEST_F(StockArchivesTest, AnArchiveForStockAgentsIsSentWholeAndInParts) {
  const std::string path = Put("0123456789", true);
  const HttpResponse whole = Get(path);
  EXPECT_EQ(whole.status, 200);
  EXPECT_EQ(BodyOf(whole), "0123456789");
  const HttpResponse rest = Get(path + "?x=1", "bytes=4-");
  EXPECT_EQ(rest.status, 206);
  EXPECT_EQ(rest.headers.Get("Content-Range"), "bytes 4-9/10");
  EXPECT_EQ(BodyOf(rest), "456789");
}

TEST_F(StockArchivesTest, HeadIsAnsweredAndNothingIsTaken) {
  const std::string path = Put("0123456789", true);
  EXPECT_EQ(Get(path, "", "HEAD").status, 200);
  const HttpResponse posted = Get(path, "", "POST");
  EXPECT_EQ(posted.status, 405);
  EXPECT_EQ(posted.headers.Get("Allow"), "GET, HEAD");
}

TEST_F(StockArchivesTest, NothingElseOfTheFolderIsSent) {
  EXPECT_EQ(Get(Put("a package of ours", false)).status, 404) << "it lies there, and is for no stock agent";
  const std::string good = Put("0123456789", true);
  const std::string hash = Sha256Hex("0123456789");
  const std::string begin(kStockPath);
  std::string upper = hash;
  for (char& c : upper) c = c >= 'a' && c <= 'f' ? static_cast<char>(c - 32) : c;
  for (const std::string& path : {begin, begin + hash, begin + hash + "/", begin + hash + "/a/b",
                                  begin + upper + "/x.zip", begin + hash.substr(1) + "/x.zip", begin + hash + "x/x.zip",
                                  begin + "../" + hash + "/x.zip", begin + hash + "/" + std::string(201, 'x')}) {
    EXPECT_EQ(Get(path).status, 404) << path;
  }
  EXPECT_EQ(Get(good).status, 200);
}

TEST_F(StockArchivesTest, TooMuchAtATimeIsPutOff) {
  const std::string path = Put("0123456789", true);
  const HttpResponse one = Get(path);
  const HttpResponse two = Get(path);
  EXPECT_EQ(Get(path).status, 503) << "two are sent to this address";
  EXPECT_EQ(Get(path, "", "GET", "192.0.2.2").status, 200);
  busy_ = true;
  const HttpResponse busy = Get(path, "", "GET", "192.0.2.3");
  EXPECT_EQ(busy.status, 503);
  EXPECT_EQ(busy.headers.Get("Retry-After"), "5");
}

/// Else who has one address of a network could hold every place with its others.
TEST_F(StockArchivesTest, AddressesOfOneIpv6NetworkShareTheirPlaces) {
  const std::string path = Put("0123456789", true);
  const HttpResponse one = Get(path, "", "GET", "2001:db8:0:1::1");
  const HttpResponse two = Get(path, "", "GET", "2001:db8:0:1:8000::2");
  EXPECT_EQ(two.status, 200);
  EXPECT_EQ(Get(path, "", "GET", "2001:db8:0:1::3").status, 503);
  EXPECT_EQ(Get(path, "", "GET", "2001:db8:0:2::1").status, 200);
}

/// Anyone may ask for these; agents' packages must not wait for that.
TEST_F(StockArchivesTest, TheyTakeNoPlaceOfAnAgent) {
  const std::string path = Put("0123456789", true);
  const HttpResponse one = Get(path, "", "GET", "192.0.2.1");
  const HttpResponse two = Get(path, "", "GET", "192.0.2.2");
  const HttpResponse three = Get(path, "", "GET", "192.0.2.3");
  EXPECT_EQ(three.status, 200);
  EXPECT_EQ(Get(path, "", "GET", "192.0.2.4").status, 503) << "these are all that anyone may have";
  HttpRequest request;
  request.method = "GET";
  const HttpResponse agent = Run(artifacts_->Send(request, Sha256Hex("0123456789"), "mi-1"));
  EXPECT_EQ(agent.status, 200);
  EXPECT_EQ(Run(artifacts_->Send(request, Sha256Hex("0123456789"), "mi-2")).status, 503);
}

}  // namespace
}  // namespace assist::server::artifacts
