#include "server/artifacts/artifacts.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>

#include "common/async/manual_clock.h"
#include "common/crypto/hash.h"
#include "common/net/http_body.h"
#include "common/runtime/thread_blocking_pool.h"

namespace assist::server::artifacts {
namespace {

class ArtifactsTest : public testing::Test {
 protected:
  ArtifactsTest() {
    path_ = std::filesystem::path(testing::TempDir()) / ("artifact_answers_" + std::to_string(getpid()));
    std::filesystem::remove_all(path_);
    ArtifactFolder::Options options;
    options.folder = path_.string();
    options.spare_bytes = 0;
    artifacts_ =
        std::make_unique<Artifacts>(std::move(*ArtifactFolder::Open(options)), pool_, clock_, Artifacts::Limits{3, 2});
    auto put = Run(artifacts_->Put({sha256_, static_cast<std::int64_t>(whole_.size()), 0, whole_}));
    EXPECT_TRUE(put && put->complete);
  }
  ~ArtifactsTest() override { std::filesystem::remove_all(path_); }
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
  HttpResponse Get(const std::string& sha256, const std::string& range = "", const std::string& who = "mi-1") {
    HttpRequest request;
    request.method = "GET";
    if (!range.empty()) request.headers.Set("Range", range);
    return Run(artifacts_->Send(request, sha256, who));
  }
  std::string BodyOf(const HttpResponse& response) {
    if (!response.source) return response.body;
    std::string body(response.source->size(), '\0');
    EXPECT_TRUE(Run(response.source->Read(body)));
    return body;
  }

  const std::string whole_ = "0123456789";
  const std::string sha256_ = Sha256Hex(whole_);
  std::filesystem::path path_;
  ManualClock clock_;
  ThreadBlockingPool pool_{2, "artifacts"};
  std::unique_ptr<Artifacts> artifacts_;
};

TEST_F(ArtifactsTest, AnArtifactIsSentWholeOrInPart) {
  const HttpResponse all = Get(sha256_);
  EXPECT_EQ(all.status, 200);
  EXPECT_EQ(BodyOf(all), whole_);
  EXPECT_EQ(all.headers.Get(kSha256Header), sha256_);
  const HttpResponse part = Get(sha256_, "bytes=7-");
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(BodyOf(part), "789");
  EXPECT_EQ(part.headers.Get("Content-Range"), "bytes 7-9/10");
  const HttpResponse behind = Get(sha256_, "bytes=10-", "mi-2");
  EXPECT_EQ(behind.status, 416);
  EXPECT_EQ(behind.headers.Get("Content-Range"), "bytes */10");
}

TEST_F(ArtifactsTest, WhatIsNotThereIsNotFound) {
  EXPECT_EQ(Get(Sha256Hex("else")).status, 404);
  EXPECT_EQ(Get("../secret").status, 404);
}

TEST_F(ArtifactsTest, ReceiversAreBoundedEachAndAllTogether) {
  std::vector<HttpResponse> held;
  held.push_back(Get(sha256_));
  held.push_back(Get(sha256_));
  const HttpResponse third = Get(sha256_);
  EXPECT_EQ(third.status, 503);
  EXPECT_EQ(third.headers.Get("Retry-After"), "5");
  held.push_back(Get(sha256_, "", "mi-2"));
  EXPECT_EQ(held.back().status, 200);
  EXPECT_EQ(Get(sha256_, "", "mi-3").status, 503);
  held.erase(held.begin());
  EXPECT_EQ(Get(sha256_, "", "mi-3").status, 200);
}

}  // namespace
}  // namespace assist::server::artifacts
