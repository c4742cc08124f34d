#include "server/artifacts/artifacts.h"

#include <utility>

#include "server/artifacts/sent_file.h"

namespace assist::server::artifacts {
namespace {

HttpResponse Refusal(int status, std::string_view code, std::string message) {
  HttpResponse response = MakeResponse(status, "application/json;charset=UTF-8",
                                       R"({"code":")" + std::string(code) + R"(","message":")" + message + "\"}");
  if (status == 503) response.headers.Add("Retry-After", "5");
  return response;
}

}  // namespace

asio::awaitable<Result<ArtifactFolder::Progress>> Artifacts::Put(ArtifactFolder::Piece piece) {
  auto put = [folder = folder_.get(), now = clock_.Now(), piece = std::move(piece)] { return folder->Put(piece, now); };
  Result<ArtifactFolder::Progress> out = co_await pool_.Run(std::move(put));
  co_return out;
}

asio::awaitable<Result<std::optional<std::int64_t>>> Artifacts::Find(std::string sha256) {
  auto find = [folder = folder_.get(), now = clock_.Now(), sha256 = std::move(sha256)] {
    return folder->Find(sha256, now);
  };
  Result<std::optional<std::int64_t>> out = co_await pool_.Run(std::move(find));
  co_return out;
}

asio::awaitable<Result<std::vector<std::string>>> Artifacts::Older(SystemTime before) {
  auto older = [folder = folder_.get(), before] { return folder->Older(before); };
  Result<std::vector<std::string>> out = co_await pool_.Run(std::move(older));
  co_return out;
}

asio::awaitable<Status> Artifacts::RemoveOlder(std::string sha256, SystemTime before) {
  auto remove = [folder = folder_.get(), before, sha256 = std::move(sha256)] {
    return folder->RemoveOlder(sha256, before);
  };
  Status out = co_await pool_.Run(std::move(remove));
  co_return out;
}

asio::awaitable<Result<std::int64_t>> Artifacts::RemoveOlderParts(SystemTime before) {
  auto remove = [folder = folder_.get(), before] { return folder->RemoveOlderParts(before); };
  Result<std::int64_t> out = co_await pool_.Run(std::move(remove));
  co_return out;
}

std::shared_ptr<void> Artifacts::TakePlace(const std::string& receiver) {
  const std::scoped_lock lock(mutex_);
  int& mine = sending_[receiver];
  if (mine >= limits_.most_of_one || sending_all_ >= limits_.most) {
    if (mine == 0) sending_.erase(receiver);
    return nullptr;
  }
  ++mine;
  ++sending_all_;
  const auto give_back = [this, receiver](void*) {
    const std::scoped_lock again(mutex_);
    --sending_all_;
    const auto at = sending_.find(receiver);
    if (--at->second == 0) sending_.erase(at);
  };
  return {static_cast<void*>(this), give_back};
}

asio::awaitable<HttpResponse> Artifacts::Send(const HttpRequest& request, std::string sha256, std::string receiver) {
  std::shared_ptr<void> place = TakePlace(receiver);
  if (place == nullptr) co_return Refusal(503, "Busy", "Too many downloads at a time; try again in a moment.");
  auto open = [folder = folder_.get(), sha256] { return folder->OpenToRead(sha256); };
  Result<ArtifactFolder::Opened> opened = co_await pool_.Run(std::move(open));
  if (!opened) {
    if (opened.error().code == Errc::kNotFound) {
      co_return Refusal(404, "NotFound", "The server does not have the archive " + sha256 + " any more.");
    }
    co_return Refusal(503, "ServiceUnavailable", "The archive cannot be read; the server's log says why.");
  }
  const auto size = static_cast<std::uint64_t>(opened->size);
  const std::string tag = '"' + sha256 + '"';
  std::optional<ByteRange> range;
  const std::string* only_if = request.headers.Find("If-Range");
  if (request.method == "GET" && (only_if == nullptr || *only_if == tag)) {
    range = ReadRange(request.headers.Get("Range"), size);
  }
  HttpResponse response;
  if (range && range->size == 0) {
    response = Refusal(416, "RangeNotSatisfiable", "The archive has " + std::to_string(size) + " bytes.");
    response.headers.Add("Content-Range", "bytes */" + std::to_string(size));
    co_return response;
  }
  response = MakeResponse(range ? 206 : 200, "application/octet-stream", "");
  response.headers.Add("X-Content-Type-Options", "nosniff");
  response.headers.Add("Accept-Ranges", "bytes");
  response.headers.Add("ETag", tag);
  response.headers.Add(std::string(kSha256Header), sha256);
  if (range) {
    response.headers.Add("Content-Range", "bytes " + std::to_string(range->first) + "-" +
                                              std::to_string(range->first + range->size - 1) + "/" +
                                              std::to_string(size));
  }
  response.source =
      MakeFileBody(pool_, std::move(opened->fd), sha256, range.value_or(ByteRange{0, size}), std::move(place));
  co_return response;
}

}  // namespace assist::server::artifacts
