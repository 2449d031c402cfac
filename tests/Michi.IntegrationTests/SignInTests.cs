using System.Net;

namespace Michi.IntegrationTests;

public sealed class SignInTests(MichiServer server)
{
    [Fact]
    public async Task Post_RightPassword_SignsInAndOut()
    {
        var client = await server.SignedInAsync("viewer");
        Assert.Contains("Viewer", await client.GetStringAsync("en", TestContext.Current.CancellationToken), StringComparison.Ordinal);

        await MichiServer.PostAsync(client, "en", [], to: "en/sign-out");

        Assert.DoesNotContain("Viewer", await client.GetStringAsync("en", TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_WrongPassword_TellsTheSameAsForAnUnknownAccount()
    {
        var known = await MichiServer.PostAsync(server.Anonymous(), "en/sign-in", new() { ["email"] = "viewer@demo.example", ["password"] = "not the password" });
        var unknown = await MichiServer.PostAsync(server.Anonymous(), "en/sign-in", new() { ["email"] = "nobody@demo.example", ["password"] = "not the password" });

        Assert.Equal(HttpStatusCode.UnprocessableEntity, known.StatusCode);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, unknown.StatusCode);
    }

    [Fact]
    public async Task Post_WithoutFormToken_IsRefused()
    {
        var answer = await server.Anonymous().PostAsync("en/sign-in", new FormUrlEncodedContent([new("email", "a@b.c"), new("password", "x")]), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task Get_UnknownPage_IsNotFoundInThePagesLanguage()
    {
        var answer = await server.Anonymous().GetAsync("ja/no-such-place", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Contains("ページが見つかりません", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }
}
