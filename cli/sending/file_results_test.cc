#include "cli/sending/file_results.h"

#include <gtest/gtest.h>

namespace assist::cli {
namespace {

std::vector<FileRow> Rows() {
  return ReadFileRows(json::ParseObject(R"({"Invocations":{"Invocation":[{"InvokeInstances":{"InvokeInstance":[
    {"InstanceId":"mi-1","InvocationStatus":"Success"},
    {"InstanceId":"mi-2","InvocationStatus":"Failed","ErrorCode":"FileAlreadyExists","ErrorInfo":"File already exists"},
    {"InstanceId":"mi-3","InvocationStatus":"Pending","Delivery":"NotDelivered"}]}}]}})")
                          .value())
      .value();
}

TEST(FileResultsTest, OnlyThoseThatHaveNotGotItAreShown) {
  const NameBook names({{"mi-2", "web-2", true}});
  EXPECT_EQ(FileTable(Rows(), names, Look{}).Render(Look{}, {false, false}),
            "web-2\tmi-2\tFailed\tFile already exists (FileAlreadyExists)\n"
            "-\tmi-3\tPending\tNotDelivered\n");
  EXPECT_TRUE(Rows()[0].good && Rows()[0].done);
  EXPECT_TRUE(!Rows()[1].good && Rows()[1].done);
  EXPECT_TRUE(!Rows()[2].good && !Rows()[2].done);
}

TEST(FileResultsTest, JsonHasAll) {
  const auto document = json::ParseObject(FilesJson({"f-1"}, Rows())).value();
  EXPECT_EQ(document.at("InvokeIds").as_array().size(), 1u);
  EXPECT_EQ(document.at("Instances").as_array()[1].as_object().at("ErrorCode").as_string(), "FileAlreadyExists");
  EXPECT_FALSE(ReadFileRows(json::ParseObject("{}").value()));
}

}  // namespace
}  // namespace assist::cli
