// Contract, part: jobs, batches, snapshots.
#pragma once

#include "server/store/contract/store_contract.h"

namespace assist::server::store::contract {

inline model::AccessKey KeyNamed(const std::string& id) {
  model::AccessKey key;
  key.id = id;
  key.secret = Secret<std::string>("secret of " + id);
  key.created = kNow;
  return key;
}

TEST_P(StoreContract, AJobThatFailsIsUndoneAndSpoilsNoOther) {
  std::vector<std::string> answers;
  const auto submit = [&](const std::string& id, bool fail) {
    bench_->store().Write({[id, fail](Tx& tx) -> Status {
                             tx.InsertAccessKey(KeyNamed(id));
                             if (fail) return Fail(Errc::kConflict, "no", "Test.Reason");
                             return {};
                           },
                           [&answers, id](Status status) {
                             answers.push_back(id + (status ? "=ok" : "=" + std::string(status.error().reason)));
                           }});
  };
  submit("a", false);
  submit("b", true);
  submit("c", false);
  bench_->RunAll();
  EXPECT_EQ(answers, (Ids{"a=ok", "b=Test.Reason", "c=ok"}));
  Look([](ReadTx& tx) {
    EXPECT_TRUE(tx.FindAccessKey("a"));
    EXPECT_FALSE(tx.FindAccessKey("b"));
    EXPECT_TRUE(tx.FindAccessKey("c"));
  });
}

TEST_P(StoreContract, AStoreFailureInOneJobSpoilsNoOther) {
  std::vector<std::string> answers;
  const auto submit = [&](const std::string& id) {
    bench_->store().Write({[id](Tx& tx) -> Status {
                             tx.InsertAccessKey(KeyNamed(id));
                             return {};
                           },
                           [&answers, id](Status status) { answers.push_back(id + (status ? "=ok" : "=failed")); }});
  };
  submit("a");
  submit("a");  // breaks a constraint
  submit("b");
  bench_->RunAll();
  EXPECT_EQ(answers, (Ids{"a=ok", "a=failed", "b=ok"}));
  Look([](ReadTx& tx) { EXPECT_EQ(tx.ListAccessKeys().size(), 2u); });
}

TEST_P(StoreContract, ANestedChangeIsUndoneAlone) {
  Change([](Tx& tx) {
    tx.InsertAccessKey(KeyNamed("outer"));
    Status inner = tx.Nested([&tx]() -> Status {
      tx.InsertAccessKey(KeyNamed("inner"));
      return tx.Nested([&tx]() -> Status {
        tx.InsertAccessKey(KeyNamed("innermost"));
        return Fail(Errc::kDenied, "no");
      });
    });
    EXPECT_FALSE(inner);
  });
  Look([](ReadTx& tx) {
    EXPECT_TRUE(tx.FindAccessKey("outer"));
    EXPECT_FALSE(tx.FindAccessKey("inner"));
    EXPECT_FALSE(tx.FindAccessKey("innermost"));
  });
}

TEST_P(StoreContract, AChangeSeesWhatJobsBeforeItInTheBatchDid) {
  bool seen = false;
  bench_->store().Write({[](Tx& tx) -> Status {
                           tx.InsertAccessKey(KeyNamed("a"));
                           return {};
                         },
                         [](Status) {}});
  bench_->store().Write({[&seen](Tx& tx) -> Status {
                           seen = tx.FindAccessKey("a").has_value();
                           return {};
                         },
                         [](Status) {}});
  bench_->RunAll();
  EXPECT_TRUE(seen);
}

TEST_P(StoreContract, AnswersComeAfterTheCommit) {
  bool committed_before_answer = false;
  bench_->store().Write({[](Tx& tx) -> Status {
                           tx.InsertAccessKey(KeyNamed("a"));
                           return {};
                         },
                         [&](Status status) {
                           ASSERT_TRUE(status);
                           // A read that is asked for in the answer must find it.
                           bench_->store().Read({[&](ReadTx& tx) -> Status {
                                                   committed_before_answer = tx.FindAccessKey("a").has_value();
                                                   return {};
                                                 },
                                                 [](Status) {}});
                         }});
  bench_->RunAll();
  EXPECT_TRUE(committed_before_answer);
}

TEST_P(StoreContract, NoncesAreUsedOnceUntilTheyExpire) {
  const auto use = [&](const std::string& nonce, SystemTime now) {
    bool fresh = false;
    Change([&](Tx& tx) { fresh = tx.UseNonce(nonce, now, now + std::chrono::seconds(60)); });
    return fresh;
  };
  EXPECT_TRUE(use("n", kNow));
  EXPECT_FALSE(use("n", kNow + std::chrono::seconds(59)));
  EXPECT_TRUE(use("m", kNow));
  EXPECT_TRUE(use("n", kNow + std::chrono::seconds(60)));
}

TEST_P(StoreContract, AnswersToClientTokensAreFoundUntilTheyExpire) {
  Change([](Tx& tx) { tx.KeepAnswer("token", {"params", std::string("ans\0wer", 7)}, kNow); });
  Look([](ReadTx& tx) {
    const auto found = tx.FindAnswer("token", kNow - std::chrono::seconds(1));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->params_hash, "params");
    EXPECT_EQ(found->answer, std::string("ans\0wer", 7));
    EXPECT_FALSE(tx.FindAnswer("token", kNow));
    EXPECT_FALSE(tx.FindAnswer("other", kNow - std::chrono::seconds(1)));
  });
}

TEST_P(StoreContract, ExpiredNoncesAndAnswersAreDeletedInSlices) {
  Change([](Tx& tx) {
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(tx.UseNonce("n" + std::to_string(i), kNow, kNow));
    tx.KeepAnswer("token", {"p", "a"}, kNow);
    tx.KeepAnswer("young", {"p", "a"}, kNow + std::chrono::hours(1));
  });
  bool more = false;
  Change([&](Tx& tx) { more = tx.DeleteExpired(kNow, 3); });
  EXPECT_TRUE(more);
  Change([&](Tx& tx) { more = tx.DeleteExpired(kNow, 3); });
  EXPECT_FALSE(more);
  Look([](ReadTx& tx) {
    EXPECT_FALSE(tx.FindAnswer("token", kNow - std::chrono::hours(1)));
    EXPECT_TRUE(tx.FindAnswer("young", kNow));
  });
}

TEST_P(StoreContract, AccessKeysAreKeptAndDeleted) {
  Change([](Tx& tx) {
    tx.InsertAccessKey(KeyNamed("one"));
    tx.InsertAccessKey(KeyNamed("two"));
  });
  Look([](ReadTx& tx) {
    const auto keys = tx.ListAccessKeys();
    ASSERT_EQ(keys.size(), 2u);
    EXPECT_EQ(keys[0].id, "two");
    EXPECT_EQ(tx.FindAccessKey("one")->secret.Reveal(), "secret of one");
  });
  Change([](Tx& tx) {
    EXPECT_TRUE(tx.DeleteAccessKey("one"));
    EXPECT_FALSE(tx.DeleteAccessKey("one"));
  });
  Look([](ReadTx& tx) { EXPECT_FALSE(tx.FindAccessKey("one")); });
}

}  // namespace assist::server::store::contract
