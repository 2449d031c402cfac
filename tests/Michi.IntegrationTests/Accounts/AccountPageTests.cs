using System.Net;
using System.Net.Http.Json;
using Michi.Platform.Accounts;
using Microsoft.EntityFrameworkCore;

namespace Michi.IntegrationTests.Accounts;

public sealed class AccountPageTests(MichiServer server)
{
    private const string Other = "nine purple lanterns";
    private readonly CancellationToken _cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task PostPassword_Right_EndsEveryOtherSession()
    {
        var person = await server.PersonAsync();
        var (here, there) = (await server.SignedInAsync(person.Email, Person.Password), await server.SignedInAsync(person.Email, Person.Password));

        var answer = await PostAsync(here, "Password", new() { ["current"] = Person.Password, ["password"] = Other, ["again"] = Other });

        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await here.GetAsync("en/account", _cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, (await there.GetAsync("en/account", _cancel)).StatusCode);
        await server.SignedInAsync(person.Email, Other);
    }

    [Theory]
    [InlineData("wrong wrong wrong", Other, Other, "This is not your current password")]
    [InlineData(Person.Password, "short", "short", "too short")]
    [InlineData(Person.Password, Other, "nine purple lantern", "The two passwords differ")]
    public async Task PostPassword_Wrong_ChangesNothing(string current, string password, string again, string sentence)
    {
        var person = await server.PersonAsync();
        var client = await server.SignedInAsync(person.Email, Person.Password);

        var answer = await PostAsync(client, "Password", new() { ["current"] = current, ["password"] = password, ["again"] = again });

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Contains(sentence, await answer.Content.ReadAsStringAsync(_cancel), StringComparison.Ordinal);
        await server.SignedInAsync(person.Email, Person.Password);
    }

    [Fact]
    public async Task PostEndSessions_SignsOutEverywhereElse()
    {
        var person = await server.PersonAsync();
        var (here, there) = (await server.SignedInAsync(person.Email, Person.Password), await server.SignedInAsync(person.Email, Person.Password));

        await PostAsync(here, "EndSessions", []);

        Assert.Equal(HttpStatusCode.OK, (await here.GetAsync("en/account", _cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, (await there.GetAsync("en/account", _cancel)).StatusCode);
    }

    [Fact]
    public async Task PostSignIn_FiveWrongPasswords_LocksTheAccountAndTellsTheLog()
    {
        var person = await server.PersonAsync();
        for (var i = 0; i < 5; i++)
            Assert.Equal(HttpStatusCode.UnprocessableEntity, (await SignInAsync("not the password")).StatusCode);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await SignInAsync(Person.Password)).StatusCode);
        Assert.Equal(5, await server.LookAsync(db => db.Audit.CountAsync(e => e.AccountId == person.Id && e.Action == "account.sign-in-failed")));

        Task<HttpResponseMessage> SignInAsync(string password) =>
            MichiServer.PostAsync(server.Anonymous(), "en/sign-in", new() { ["email"] = person.Email, ["password"] = password });
    }

    [Fact]
    public async Task PostName_ShowsTheNewNameInEverySessionAndTheLog()
    {
        var person = await server.PersonAsync();
        var (here, there) = (await server.SignedInAsync(person.Email, Person.Password), await server.SignedInAsync(person.Email, Person.Password));
        var name = "សុភា " + person.Email[..6];

        Assert.Equal(HttpStatusCode.Redirect, (await PostAsync(here, "Name", new() { ["name"] = name })).StatusCode);

        Assert.Contains($"<bdi>{name}</bdi>", await there.GetStringAsync("en", _cancel), StringComparison.Ordinal);
        Assert.True(await server.LookAsync(db => db.Audit.AnyAsync(e => e.AccountId == person.Id && e.Action == "account.name" && e.Actor == name)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("with\u0007bell")]
    [InlineData("turned \u202e round")]
    [InlineData("two\nlines")]
    public async Task PostName_ThatCannotBeShown_IsRefused(string name)
    {
        var person = await server.PersonAsync();
        var client = await server.SignedInAsync(person.Email, Person.Password);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await PostAsync(client, "Name", new() { ["name"] = name })).StatusCode);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await PostAsync(client, "Name", new() { ["name"] = new string('x', 10_000) })).StatusCode);
        Assert.Equal(person.Name, await server.LookAsync(db => db.Accounts.Where(a => a.Id == person.Id).Select(a => a.Name).FirstAsync()));
    }

    [Fact]
    public async Task PostName_WithANullCharacter_IsABadRequest()
    {
        var client = await server.SignedInAsync((await server.PersonAsync()).Email, Person.Password);

        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync(client, "Name", new() { ["name"] = "a\0b" })).StatusCode);
    }

    [Fact]
    public async Task PostToken_ShowsItOnceAndItWorksUntilRevoked()
    {
        var person = await server.PersonAsync(Role.Viewer);
        var client = await server.SignedInAsync(person.Email, Person.Password);

        Assert.Equal(HttpStatusCode.Redirect, (await PostAsync(client, "Token", new() { ["tokenName"] = "export", ["scope"] = "read", ["days"] = "30" })).StatusCode);

        var page = await client.GetStringAsync("en/account", _cancel);
        var token = page.Split("id=\"new-token\">")[1].Split('<')[0];
        Assert.DoesNotContain(token, await client.GetStringAsync("en/account", _cancel), StringComparison.Ordinal);
        var program = MichiServer.With(server.Anonymous(), token);
        Assert.Equal(HttpStatusCode.OK, (await program.GetAsync("api/places", _cancel)).StatusCode);

        var id = page.Split("name=\"token\" value=\"")[1].Split('"')[0];
        Assert.Equal(HttpStatusCode.Redirect, (await PostAsync(client, "Revoke", new() { ["token"] = id })).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await program.PostAsJsonAsync("api/places", new { }, _cancel)).StatusCode);
    }

    [Theory]
    [InlineData("everything", "30")]
    [InlineData("read", "366")]
    [InlineData("read", "-1")]
    [InlineData("read", "many")]
    public async Task PostToken_UnknownScopeOrTooLong_IsRefused(string scope, string days)
    {
        var person = await server.PersonAsync();
        var client = await server.SignedInAsync(person.Email, Person.Password);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await PostAsync(client, "Token", new() { ["tokenName"] = "export", ["scope"] = scope, ["days"] = days })).StatusCode);
        Assert.Equal(0, await server.LookAsync(db => db.Tokens.CountAsync(t => t.AccountId == person.Id)));
    }

    [Fact]
    public async Task PostRevoke_AnothersToken_IsNotFound()
    {
        var (person, other) = (await server.PersonAsync(), await server.PersonAsync());
        await server.ProgramAsync(other);
        var id = await server.LookAsync(db => db.Tokens.Where(t => t.AccountId == other.Id).Select(t => t.Id).FirstAsync());
        var client = await server.SignedInAsync(person.Email, Person.Password);

        Assert.Equal(HttpStatusCode.NotFound, (await PostAsync(client, "Revoke", new() { ["token"] = id.ToString() })).StatusCode);
        Assert.Null(await server.LookAsync(db => db.Tokens.Where(t => t.Id == id).Select(t => t.RevokedAt).FirstAsync()));
    }

    private static Task<HttpResponseMessage> PostAsync(HttpClient client, string handler, Dictionary<string, string> fields) =>
        MichiServer.PostAsync(client, "en/account", fields, to: $"en/account?handler={handler}");
}
