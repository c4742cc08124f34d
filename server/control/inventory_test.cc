#include "server/control/inventory.h"

#include "server/control/fake_server.h"
#include "server/control/register_machine.h"

namespace assist::server::control {
namespace {

class InventoryTest : public ControlTest {
 protected:
  InventoryTest() { stock_ = AddMachine("mi-stock", Agent::kStock); }
  static model::InventoryItem Item(const std::string& type, std::string content) {
    model::InventoryItem item;
    item.type = type;
    item.content = std::move(content);
    return item;
  }
  std::int64_t Put(const InstanceId& machine, std::vector<model::InventoryItem> items) {
    const auto out = Change(PutInventory, PutInventoryIn{machine, std::move(items)});
    EXPECT_TRUE(out) << out.error().detail;
    return out ? out->refused : -1;
  }
  std::vector<model::InventoryItem> Show(const std::string& type = {}) {
    const auto out = Read(DescribeInventory, DescribeInventoryIn{stock_, type});
    EXPECT_TRUE(out) << out.error().detail;
    return out ? out->items : std::vector<model::InventoryItem>();
  }
  InstanceId stock_;
};

TEST_F(InventoryTest, TheNewestOfATypeIsShownAndGoesWithTheMachine) {
  EXPECT_EQ(Put(stock_, {Item("ACS:Network", "[1]"), Item("ACS:Service", "[2]")}), 0);
  clock_.Advance(std::chrono::seconds(5));
  EXPECT_EQ(Put(stock_, {Item("ACS:Network", "[3]")}), 0);
  EXPECT_EQ(Show().size(), 2u);
  const auto network = Show("ACS:Network");
  ASSERT_EQ(network.size(), 1u);
  EXPECT_EQ(network[0].content, "[3]");
  EXPECT_EQ(network[0].received, clock_.Now());
  ASSERT_TRUE(Change(DeregisterMachine, DeregisterMachineIn{stock_}));
  EXPECT_EQ(ReasonOf(Read(DescribeInventory, DescribeInventoryIn{stock_, {}})), "InvalidInstance.NotFound");
  EXPECT_EQ(Put(stock_, {Item("ACS:Network", "[4]")}), 1);
  EXPECT_EQ(Put(InstanceId("mi-none"), {Item("ACS:Network", "[4]")}), 1);
}

TEST_F(InventoryTest, RowsAndBytesOfAMachineAreBounded) {
  for (std::size_t i = 0; i < model::kInventoryTypes; ++i) {
    EXPECT_EQ(Put(stock_, {Item("type-" + std::to_string(i), "[]")}), 0);
  }
  EXPECT_EQ(Put(stock_, {Item("one-more", "[]"), Item("type-3", "[3]")}), 1);
  EXPECT_EQ(Show().size(), model::kInventoryTypes);
  EXPECT_EQ(Show("type-3").at(0).content, "[3]");

  const auto whole = static_cast<std::size_t>(model::kInventoryBytes);
  EXPECT_EQ(Put(stock_, {Item("type-0", std::string(whole, ' '))}), 1) << "the others need room too";
  EXPECT_EQ(Show("type-0").at(0).content, "[]") << "what is there stays";
  const std::string most(whole - 100, ' ');
  EXPECT_EQ(Put(stock_, {Item("type-0", most)}), 0);
  EXPECT_EQ(Put(stock_, {Item("type-0", most)}), 0) << "the former one of its type makes room";
  EXPECT_EQ(Put(stock_, {Item("type-1", std::string(200, ' '))}), 1);
}

}  // namespace
}  // namespace assist::server::control
