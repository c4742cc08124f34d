// What a client (Spec::client) and its supervisor say to each other. Pure; any thread. Both are of one version.
//
// The client writes one word into file descriptor kClientPipe, which it has open from the start, when it knows whether
// what it was to start elsewhere runs. To end what it started, the supervisor sends SIGTERM (with all
// that it started itself) or SIGUSR1 (its main process only); the client ends that, passes on the rest of the output,
// and leaves: with 0, all was ended; with anything else, something may go on. Undisturbed it leaves with the exit code
// of what ran; when it cannot learn that any more it ends by a signal.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace assist::agent::supervisor {

inline constexpr int kClientPipe = 3;

// Codes of a start that failed. They stand in the exit record: never renumber.
inline constexpr std::int32_t kClientFailed = -1;   ///< What runs elsewhere said no: nothing was started.
inline constexpr std::int32_t kClientTimeout = -2;  ///< It did not answer in time: nothing was started.
inline constexpr std::int32_t kClientUnsure = -3;   ///< It was asked to start it, and nobody knows whether it did.

struct ClientWord {
  std::int32_t code = 0;  ///< 0: started.
  std::string message;    ///< Else why not; for people.
};

[[nodiscard]] std::string EncodeClientWord(const ClientWord& word);
/// What came through the pipe; none while it is not whole.
[[nodiscard]] std::optional<ClientWord> DecodeClientWord(std::string_view bytes);

}  // namespace assist::agent::supervisor
