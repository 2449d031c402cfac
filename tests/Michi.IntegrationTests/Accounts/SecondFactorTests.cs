using System.Net;
using Michi.Platform.Accounts;
using Microsoft.EntityFrameworkCore;

namespace Michi.IntegrationTests.Accounts;

public sealed class SecondFactorTests(MichiServer server)
{
    private const string Page = "en/account/second-factor";
    private readonly CancellationToken _cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task SignIn_WithSecondFactor_NeedsACodeThatWorksOnce()
    {
        var (person, key, _) = await PersonAsync();
        var client = await WithPasswordAsync(person);
        Assert.Equal(HttpStatusCode.Redirect, (await client.GetAsync("en/account", _cancel)).StatusCode);
        var code = Code(key, 1);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await SendAsync(client, "000000")).StatusCode);
        Assert.Equal("/en/account", (await SendAsync(client, code)).Headers.Location!.ToString());
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("en/account", _cancel)).StatusCode);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await SendAsync(await WithPasswordAsync(person), code)).StatusCode);
    }

    [Fact]
    public async Task SignIn_WithARecoveryCode_WorksOnceEach()
    {
        var (person, _, codes) = await PersonAsync();
        Assert.Equal(10, codes.Length);

        Assert.Equal(HttpStatusCode.Redirect, (await SendAsync(await WithPasswordAsync(person), codes[3].ToLowerInvariant())).StatusCode);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await SendAsync(await WithPasswordAsync(person), codes[3])).StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, (await SendAsync(await WithPasswordAsync(person), codes[4].Replace("-", "", StringComparison.Ordinal))).StatusCode);
    }

    [Fact]
    public async Task SignIn_GuessingCodes_LocksTheAccountThoughThePasswordIsRight()
    {
        var (person, key, _) = await PersonAsync();
        for (var i = 0; i < 5; i++) await SendAsync(await WithPasswordAsync(person), "000000");

        var answer = await MichiServer.PostAsync(server.Anonymous(), "en/sign-in", new() { ["email"] = person.Email, ["password"] = Person.Password });

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.NotEmpty(Code(key, 0));
    }

    [Fact]
    public async Task Code_WithoutThePasswordBefore_LeadsToSignIn()
    {
        Assert.Equal("/en/sign-in", (await server.Anonymous().GetAsync("en/sign-in/code", _cancel)).Headers.Location!.ToString());
        var answer = await MichiServer.PostAsync(server.Anonymous(), "en/sign-in", new() { ["code"] = "123456" }, "en/sign-in/code");
        Assert.Equal("/en/sign-in", answer.Headers.Location!.ToString());
    }

    [Fact]
    public async Task Off_NeedsACode_AndAnOwnerCanTakeItAway()
    {
        var (person, key, _) = await PersonAsync();
        var client = await WithPasswordAsync(person);
        await SendAsync(client, Code(key, 1));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await MichiServer.PostAsync(client, Page, new() { ["code"] = "000000" }, $"{Page}?handler=Off")).StatusCode);
        Assert.NotNull(await server.LookAsync(db => db.Accounts.Where(a => a.Id == person.Id).Select(a => a.TotpKey).FirstAsync()));

        var admin = await server.SignedInAsync("owner");
        await MichiServer.PostAsync(admin, "en/admin", new() { ["account"] = person.Id.ToString() }, "en/admin?handler=SecondFactorOff");

        await server.SignedInAsync(person.Email, Person.Password);
        Assert.True(await server.LookAsync(db => db.Audit.AnyAsync(e => e.Action == "account.second-factor-off" && e.Subject == person.Email && e.Actor == "Owner")));
    }

    [Fact]
    public async Task PasswordLink_DoesNotPassTheSecondFactorBy()
    {
        var (person, _, _) = await PersonAsync();
        var admin = await server.SignedInAsync("owner");
        await MichiServer.PostAsync(admin, "en/admin", new() { ["account"] = person.Id.ToString() }, "en/admin?handler=PasswordLink");
        var link = "en/join?secret=" + (await admin.GetStringAsync("en/admin", _cancel)).Split("en/join?secret=")[1].Split('<')[0];
        var client = server.Anonymous();

        var answer = await MichiServer.PostAsync(client, link, new() { ["password"] = "nine purple lanterns", ["again"] = "nine purple lanterns" });

        Assert.Equal("/en/sign-in", answer.Headers.Location!.ToString());
        Assert.Equal(HttpStatusCode.Redirect, (await client.GetAsync("en/account", _cancel)).StatusCode);
    }

    /// <summary>A person who has switched the second factor on with the code of the step before the present one.</summary>
    private async Task<(Person Person, string Key, string[] Codes)> PersonAsync()
    {
        var person = await server.PersonAsync();
        var client = await server.SignedInAsync(person.Email, Person.Password);
        var key = (await client.GetStringAsync(Page, _cancel)).Split("name=\"key\" value=\"")[1].Split('"')[0];
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await MichiServer.PostAsync(client, Page, new() { ["key"] = key, ["code"] = "12345" }, $"{Page}?handler=On")).StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, (await MichiServer.PostAsync(client, Page, new() { ["key"] = key, ["code"] = Code(key, -1) }, $"{Page}?handler=On")).StatusCode);
        var codes = (await client.GetStringAsync(Page, _cancel)).Split("<li><code>").Skip(1).Select(c => c.Split('<')[0]).ToArray();
        return (person, key, codes);
    }

    private static string Code(string key, int stepsFromNow) => Totp.Code(Totp.FromBase32(key), Totp.StepAt(TimeProvider.System.GetUtcNow()) + stepsFromNow);

    private async Task<HttpClient> WithPasswordAsync(Person person)
    {
        var client = server.Anonymous();
        var answer = await MichiServer.PostAsync(client, "en/sign-in", new() { ["email"] = person.Email, ["password"] = Person.Password, ["back"] = "/en/account" });
        Assert.StartsWith("/en/sign-in/code", answer.Headers.Location!.ToString(), StringComparison.Ordinal);
        return client;
    }

    private static Task<HttpResponseMessage> SendAsync(HttpClient client, string code) => MichiServer.PostAsync(client, "en/sign-in/code?back=%2Fen%2Faccount", new() { ["code"] = code });
}
