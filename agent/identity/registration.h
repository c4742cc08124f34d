// Enrolment: this machine gets an identity, or gives it back (agent-protocol reference, section 5). For the programs
// `register` and `deregister`; one executor, nothing else runs beside it. Details of errors are sentences for the user,
// and say what to add or do.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <vector>

#include "agent/identity/identity.h"
#include "common/async/clock.h"
#include "common/base/random.h"
#include "common/net/http_client.h"
#include "protocol/wire/registration.h"

namespace assist::agent::identity {

struct Enrolment {
  std::string server;  ///< `https://host[:port]`; http:// for loopback addresses only.
  ActivationId activation;
  Secret<std::string> code;
  /// Instead of the two: this machine is known to the server, by a stock agent, and moves to this one (`machine move`).
  Secret<std::string> move_code;
  std::string name;  ///< Empty: the server chooses (the activation's name, or the host name).
  std::vector<wire::RegistrationTag> tags;
  std::string region;
  std::string ca_fingerprint;  ///< `sha256:…`; goes before ca_pem; with http:// it is kept for later.
  std::string ca_pem;          ///< Content of --ca-file; else the system's store.
  bool stock_server = false;   ///< The server is known not to be ours: nothing of ours is offered to it.
  std::optional<HttpProxy> proxy;
  // Facts of the machine (agent/inventory).
  std::string machine_id;
  std::string hostname;
  std::string intranet_ip;
  std::string os_type;
  std::string os_version;
  std::string agent_version;
  std::string user_agent;
};

/// Asks the server for an identity with a fresh key. Nothing is written; the caller saves what it gets.
///
/// Our way of signing is offered first (Ed25519 key, member `assist`). A server whose answer has no `assist` speaks the
/// stock protocol only: it is asked once more as the stock agent asks, with an RSA key. Only an answer of at most 400
/// counts as that, because our server refuses with more; so nobody who makes our server refuse gets the weaker scheme.
/// What was settled here is the identity's for good. `left_over`, when given, is set to what a stock server made of the
/// offer and keeps beside the identity: an entry that no agent can use, for the operator to remove; mostly there is
/// none.
///
/// kInvalid: the input; kDenied: the server refuses (its words are in the detail) or is not trusted; kUnavailable,
/// kExpired: no answer, though the server may have registered the machine.
asio::awaitable<Result<Identity>> Enrol(Enrolment enrolment, Clock& clock, Random& random, SteadyTime deadline,
                                        InstanceId* left_over = nullptr);

/// Tells the server. Ok only when it has proven that the identity is ended: code 200, or 410 (it was ended before);
/// everything else leaves the identity in force. kDenied: the server refuses.
asio::awaitable<Status> Deregister(Identity identity, std::optional<HttpProxy> proxy, std::string user_agent,
                                   Clock& clock, Random& random, SteadyTime deadline);

/// A sentence for a failed connection to `server`: what is wrong and what to add. For identities too (`enrolled`: then
/// it does not speak of options of `register`).
[[nodiscard]] std::string ExplainConnect(const Error& error, const std::string& server, bool enrolled);

}  // namespace assist::agent::identity
