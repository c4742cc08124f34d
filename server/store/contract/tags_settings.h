// Contract, part: tags of every kind, settings, changed commands.
#pragma once

#include "server/store/contract/commands_machines.h"

namespace assist::server::store::contract {

inline Ids Shown(const model::Page<model::TagRow>& page) {
  Ids out;
  for (const auto& row : page.items) out.push_back(row.id + ' ' + row.tag.key + '=' + row.tag.value);
  return out;
}

TEST_P(StoreContract, TagsAreReplacedOnWhateverCarriesThem) {
  Change([](Tx& tx) { CommandNamed(tx, "x", {{"a", "1"}, {"b", "2"}}); });
  const auto machine = AddMachine("mi-1", {{"a", "m"}});
  const auto invocation = AddInvocation("t-1", {machine});
  model::Activation activation;
  activation.id = ActivationId("A");
  Change([&](Tx& tx) { tx.InsertActivation(activation); });
  using model::Taggable;
  const std::pair<Taggable, std::string> things[] = {{Taggable::kCommand, "c-x"},
                                                     {Taggable::kInvocation, "t-1"},
                                                     {Taggable::kMachine, "mi-1"},
                                                     {Taggable::kActivation, "A"}};
  for (const auto& thing : things) {
    const Taggable kind = thing.first;
    const std::string& id = thing.second;
    std::optional<model::TagOwner> owner;
    Look([&](ReadTx& tx) { owner = tx.FindTagOwner(kind, id); });
    ASSERT_TRUE(owner) << id;
    Change([&](Tx& tx) { tx.SaveTags(*owner, {{"k", "of " + id}, {"b", ""}}); });
    Look([&](ReadTx& tx) {
      EXPECT_EQ(tx.TagsOf(*owner), (model::Tags{{"k", "of " + id}, {"b", ""}}));
      TagListFilter filter;
      filter.kind = kind;
      EXPECT_EQ(Shown(tx.ListTags(filter, {})), (Ids{id + " k=of " + id, id + " b="}));
    });
  }
  Look([&](ReadTx& tx) {
    EXPECT_FALSE(tx.FindTagOwner(Taggable::kCommand, "t-1"));
    EXPECT_EQ(tx.FindCommand(CommandId("c-x"))->tags, (model::Tags{{"k", "of c-x"}, {"b", ""}}));
    EXPECT_EQ(tx.LoadMachine(machine)->tags.size(), 2u);
  });
  Change([&](Tx& tx) { tx.Deregister(machine, kNow); });
  Look([](ReadTx& tx) {
    EXPECT_FALSE(tx.FindTagOwner(Taggable::kMachine, "mi-1"));
    TagListFilter filter;
    filter.kind = Taggable::kMachine;
    EXPECT_TRUE(tx.ListTags(filter, {}).items.empty());
  });
}

TEST_P(StoreContract, TagsAreListedByOwnerTagAndPattern) {
  const auto one = AddMachine("mi-1", {{"env", "prod"}, {"team", "web"}});
  AddMachine("mi-2", {{"env", "test"}});
  AddMachine("mi-3", {{"envy", "prod"}});
  const auto list = [&](TagListFilter filter) {
    filter.kind = model::Taggable::kMachine;
    Ids out;
    Look([&](ReadTx& tx) { out = Shown(tx.ListTags(filter, {})); });
    return out;
  };
  const Ids first = {"mi-1 env=prod", "mi-1 team=web"};
  TagListFilter filter;
  EXPECT_EQ(list(filter), (Ids{"mi-3 envy=prod", "mi-2 env=test", "mi-1 env=prod", "mi-1 team=web"}));
  filter.owners = {one.value};
  EXPECT_EQ(list(filter), first);
  filter.owners = {};
  filter.tags = {{"env", std::nullopt}, {"team", "web"}};
  EXPECT_EQ(list(filter), first);
  filter.tags = {};
  filter.like = {{"env*", {}}};
  EXPECT_EQ(list(filter).size(), 4u);
  filter.like = {{"env*", {"te*", "we"}}};
  EXPECT_EQ(list(filter), (Ids{"mi-2 env=test"}));
  filter.like = {{"*v", {"*ro*", "*st"}}};
  EXPECT_EQ(list(filter), (Ids{"mi-2 env=test", "mi-1 env=prod", "mi-1 team=web"}));
  filter.like = {{"*", {"*"}}, {"team", {}}};
  EXPECT_EQ(list(filter), first);
  filter.like = {{"%", {}}};
  EXPECT_EQ(list(filter), Ids{});
}

TEST_P(StoreContract, PagesOfTagsGoOnInTheMiddleOfOneThing) {
  AddMachine("mi-1", {{"a", "1"}, {"b", "2"}, {"c", "3"}});
  AddMachine("mi-2", {{"a", "4"}});
  TagListFilter filter;
  filter.kind = model::Taggable::kMachine;
  model::PageRequest page;
  page.by_position = true;
  page.size = 2;
  Ids all;
  Look([&](ReadTx& tx) {
    for (int pages = 1;; ++pages) {
      const auto found = tx.ListTags(filter, page);
      for (const auto& row : Shown(found)) all.push_back(row);
      ASSERT_EQ(found.next.has_value(), pages < 2);
      if (!found.next) break;
      page.after = found.next;
    }
  });
  EXPECT_EQ(all, (Ids{"mi-2 a=4", "mi-1 a=1", "mi-1 b=2", "mi-1 c=3"}));
}

TEST_P(StoreContract, AChangedCommandKeepsItsScript) {
  model::Command command;
  Change([&](Tx& tx) { command = CommandNamed(tx, "x", {{"k", "v"}}); });
  command.name = "other";
  command.description = "";
  command.timeout = std::chrono::seconds(5);
  command.working_dir = "/w";
  command.launcher = "python3";
  Change([&](Tx& tx) { tx.SaveCommand(command); });
  Look([](ReadTx& tx) {
    const auto found = tx.FindCommand(CommandId("c-x"));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->name, "other");
    EXPECT_EQ(found->description, "");
    EXPECT_EQ(found->timeout, std::chrono::seconds(5));
    EXPECT_EQ(found->working_dir, "/w");
    EXPECT_EQ(found->launcher, "python3");
    EXPECT_EQ(tx.LoadContent(found->content), "echo same");
    EXPECT_EQ(found->tags, (model::Tags{{"k", "v"}}));
  });
}

TEST_P(StoreContract, ASettingIsItsLastText) {
  Look([](ReadTx& tx) { EXPECT_FALSE(tx.FindSetting("a")); });
  Change([](Tx& tx) {
    tx.SaveSetting("a", "1");
    tx.SaveSetting("b", "2");
    tx.SaveSetting("a", "3");
  });
  Look([](ReadTx& tx) {
    EXPECT_EQ(tx.FindSetting("a"), "3");
    EXPECT_EQ(tx.FindSetting("b"), "2");
  });
}

}  // namespace assist::server::store::contract
