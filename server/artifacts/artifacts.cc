#include "server/artifacts/artifacts.h"

#include <arpa/inet.h>

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

/// Who has an IPv6 address has all of its /64 (RFC 4291, 2.5.1: the other half is his to choose).
std::string NetworkOf(const std::string& address) {
  in6_addr v6{};
  if (::inet_pton(AF_INET6, address.substr(0, address.find('%')).c_str(), &v6) != 1) return address;
  constexpr std::size_t kNetworkBytes = 8;
  return {reinterpret_cast<const char*>(v6.s6_addr), kNetworkBytes};
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

std::shared_ptr<void> Artifacts::TakePlace(Places& places, const std::string& receiver) {
  const std::scoped_lock lock(mutex_);
  int& mine = places.taken[receiver];
  if (mine >= places.most_of_one || places.all >= places.most) {
    if (mine == 0) places.taken.erase(receiver);
    return nullptr;
  }
  ++mine;
  ++places.all;
  const auto give_back = [this, &places, receiver](void*) {
    const std::scoped_lock again(mutex_);
    --places.all;
    const auto at = places.taken.find(receiver);
    if (--at->second == 0) places.taken.erase(at);
  };
  return {static_cast<void*>(this), give_back};
}

asio::awaitable<HttpResponse> Artifacts::Send(const HttpRequest& request, std::string sha256, std::string receiver) {
  std::shared_ptr<void> place = TakePlace(agents_, receiver);
  HttpResponse response = co_await SendAt(std::move(place), request, std::move(sha256));
  co_return response;
}

asio::awaitable<HttpResponse> Artifacts::SendToAnyone(const HttpRequest& request, std::string sha256,
                                                      std::string address) {
  std::shared_ptr<void> place = TakePlace(anonymous_, NetworkOf(address));
  HttpResponse response = co_await SendAt(std::move(place), request, std::move(sha256));
  co_return response;
}

asio::awaitable<HttpResponse> Artifacts::SendAt(std::shared_ptr<void> place, const HttpRequest& request,
                                                std::string sha256) {
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
