#include "server/openapi/errors.h"

#include <gtest/gtest.h>

namespace assist::server::openapi {
namespace {

TEST(ErrorsTest, OperationsMayHaveTheirOwnMessage) {
  EXPECT_EQ(KnownError("InvalidInstance.NotFound", "RunCommand").message, "The specified instance does not exist.");
  EXPECT_EQ(KnownError("InvalidInstance.NotFound", "ModifyManagedInstance").message,
            "The specified instances id does not exist.");
  EXPECT_EQ(KnownError("InvalidInstance.NotFound", "RunCommand").status, 404);
}

TEST(ErrorsTest, NumbersAreThoseOfTheLimits) {
  EXPECT_EQ(KnownError("ActivationCount.ExceedLimit", {}, {}, model::Limits::Compat()).message,
            "The count of activation in current region exceeds the limit of 10.");
}

TEST(ErrorsTest, DetailsAreShownOnlyWhereTheTableSaysSo) {
  EXPECT_EQ(KnownError("Operation.Forbidden", {}, "No schedules.").message,
            "The operation is not permitted. No schedules.");
  EXPECT_EQ(KnownError("InvalidCmdId.NotFound", {}, "c-1").message, "The specified command ID does not exist.");
  EXPECT_TRUE(KnownError("SignatureDoesNotMatch", {}, "GET&%2F&").message.ends_with("string to sign is:GET&%2F&"));
}

TEST(ErrorsTest, FailuresOfUseCasesBecomeCodes) {
  const auto limits = model::Limits::Compat();
  EXPECT_EQ(FromError({Errc::kNotFound, "gone", "InvalidCmdId.NotFound"}, "", limits).code, "InvalidCmdId.NotFound");
  EXPECT_EQ(FromError({Errc::kUnavailable, "full"}, "", limits).status, 503);
  EXPECT_EQ(FromError({Errc::kInternal, "bug"}, "", limits).code, "InternalError");
  EXPECT_EQ(FromError({Errc::kConflict, "bug", "No.Such.Code"}, "", limits).status, 500);
}

}  // namespace
}  // namespace assist::server::openapi
