using Michi.Platform.Accounts;

namespace Michi.UnitTests.Accounts;

public sealed class PasswordRulesTests
{
    [Theory]
    [InlineData("", "password-short")]
    [InlineData("eleven char", "password-short")]
    [InlineData("qwertyuiopasdf", "password-common")]
    [InlineData("QWERTYUIOPASDF", "password-common")]
    [InlineData("abababababababab", "password-common")]
    [InlineData("i am sophea, hello", "password-personal")]
    [InlineData("my name is Chan Sophea", "password-personal")]
    [InlineData("seven green kettles", null)]
    [InlineData("七つの緑のやかんが光る夜", null)]
    public void Refuse_ByLengthCommonnessAndOwnName(string password, string? code) => Assert.Equal(code, AccountBook.Refuse(password, "sophea@example.org", "Chan Sophea"));

    [Fact]
    public void Refuse_LongerThanIsHashed_IsTooLong() => Assert.Equal("password-long", AccountBook.Refuse(string.Concat(Enumerable.Repeat("abcdefgh", 26)), "a@b.c", "A"));

    [Fact]
    public void Refuse_ShortAddressInsideAWord_IsNotPersonal() => Assert.Null(AccountBook.Refuse("seven green kettles", "e@example.org", "Eve"));
}
