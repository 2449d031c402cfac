using System.Net;
using Michi.Platform;
using Michi.Platform.Accounts;
using Microsoft.EntityFrameworkCore;

namespace Michi.IntegrationTests.Accounts;

public sealed class SetupTests : IAsyncLifetime
{
    private MichiServer _server = null!;
    private string _link = "";

    public async ValueTask InitializeAsync()
    {
        _server = await MichiServer.EmptyAsync();
        _link = $"en/setup?secret={await _server.Services.FirstOwnerSecretAsync(default)}";
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Post_WithTheLink_MakesTheOwnerOnceAndSignsIn()
    {
        var (first, second) = (_server.Anonymous(), _server.Anonymous());
        // Both have the page open before either sends it.
        var answers = await Task.WhenAll(MichiServer.PostAsync(first, _link, Form("first@test.example")), MichiServer.PostAsync(second, _link, Form("second@test.example")));

        Assert.Equal([HttpStatusCode.Redirect, HttpStatusCode.NotFound], answers.Select(a => a.StatusCode).Order());
        Assert.Equal(1, await _server.LookAsync(db => db.Grants.CountAsync(g => g.PlaceId == null && g.Role == Role.Owner)));
        var winner = answers[0].StatusCode == HttpStatusCode.Redirect ? first : second;
        Assert.Equal(HttpStatusCode.OK, (await winner.GetAsync("en/admin", TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await _server.Anonymous().GetAsync(_link, TestContext.Current.CancellationToken)).StatusCode);
        Assert.Null(await _server.Services.FirstOwnerSecretAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Post_WeakPassword_TellsWhyAndLeavesTheLinkOpen()
    {
        var client = _server.Anonymous();
        var weak = await MichiServer.PostAsync(client, _link, Form("owner@test.example", "passwordpassword"));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, weak.StatusCode);
        Assert.Contains("Many people use this password", await weak.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, (await MichiServer.PostAsync(client, _link, Form("owner@test.example"))).StatusCode);
    }

    [Theory]
    [InlineData("en/setup")]
    [InlineData("en/setup?secret=")]
    [InlineData("en/setup?secret=wrong")]
    public async Task Get_WithoutTheRightSecret_SaysThatTheLinkDoesNotWork(string address)
    {
        var answer = await _server.Anonymous().GetAsync(address, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Contains("This link does not work", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    private static Dictionary<string, string> Form(string email, string password = Person.Password) =>
        new() { ["name"] = "First Owner", ["email"] = email, ["password"] = password, ["again"] = password };
}
