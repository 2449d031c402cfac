using System.Net;
using Microsoft.Extensions.DependencyInjection;

namespace Michi.IntegrationTests.Security;

public sealed class SessionTests(MichiServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static async Task<bool> IsSignedInAsync(HttpClient client) => (await client.GetAsync("en/account", Cancel)).StatusCode == HttpStatusCode.OK;

    [Fact]
    public async Task SignOut_ACopyOfTheCookie_IsWorthNothing()
    {
        var person = await server.PersonAsync();
        var (here, elsewhere) = (server.Anonymous(), await server.SignedInAsync(person.Email, Person.Password));
        var answer = await MichiServer.PostAsync(here, "en/sign-in", new() { ["email"] = person.Email, ["password"] = Person.Password });
        var copy = server.Anonymous();
        copy.DefaultRequestHeaders.Add("Cookie", answer.Headers.GetValues("Set-Cookie").Single(c => c.StartsWith("michi=", StringComparison.Ordinal)).Split(';')[0]);
        Assert.True(await IsSignedInAsync(copy));

        Assert.Equal(HttpStatusCode.Redirect, (await MichiServer.PostAsync(here, "en/account", [], to: "en/sign-out")).StatusCode);

        Assert.False(await IsSignedInAsync(here));
        Assert.False(await IsSignedInAsync(copy));
        Assert.True(await IsSignedInAsync(elsewhere));
    }

    [Fact]
    public async Task Session_WithoutARequestForTwelveHours_Ends()
    {
        var clock = new TestClock();
        await using var own = await MichiServer.EmptyAsync(b => b.Services.AddSingleton<TimeProvider>(clock));
        var client = await own.SignedInAsync((await own.PersonAsync()).Email, Person.Password);

        for (var i = 0; i < 3; i++)
        {
            clock.Now += TimeSpan.FromHours(11);
            Assert.True(await IsSignedInAsync(client));
        }
        clock.Now += TimeSpan.FromHours(12.1);

        Assert.False(await IsSignedInAsync(client));
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Session_InUseForAWeek_EndsAllTheSame(bool withANewCookie)
    {
        var clock = new TestClock();
        await using var own = await MichiServer.EmptyAsync(b => b.Services.AddSingleton<TimeProvider>(clock));
        var client = await own.SignedInAsync((await own.PersonAsync()).Email, Person.Password);

        for (var hours = 0; hours < 160; hours += 8)
        {
            clock.Now += TimeSpan.FromHours(8);
            Assert.True(await IsSignedInAsync(client));
            if (withANewCookie && hours == 80) Assert.Equal(HttpStatusCode.Redirect, (await MichiServer.PostAsync(client, "en/account", new() { ["name"] = "New name" }, to: "en/account?handler=Name")).StatusCode);
        }
        clock.Now += TimeSpan.FromHours(8.1);

        Assert.False(await IsSignedInAsync(client));
    }
}
