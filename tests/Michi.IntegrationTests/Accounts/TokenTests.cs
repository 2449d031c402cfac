using System.Net;
using System.Net.Http.Json;
using Michi.Platform.Accounts;

namespace Michi.IntegrationTests.Accounts;

public sealed class TokenTests(MichiServer server)
{
    private readonly CancellationToken _cancel = TestContext.Current.CancellationToken;
    private static readonly object Fact = new { kind = "note", value = "a note", source = "a test" };

    [Fact]
    public async Task Write_WithScopeRead_IsForbidden()
    {
        var owner = await server.PersonAsync(Role.Owner);
        var program = await server.ProgramAsync(owner, "read");

        Assert.Equal(HttpStatusCode.OK, (await program.GetAsync("api/places/siem-reap", _cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await program.PostAsJsonAsync("api/places/siem-reap/facts", Fact, _cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await program.PutAsJsonAsync("api/places/siem-reap", new { names = new { en = "X" }, isPublic = true }, _cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await program.PostAsJsonAsync("api/places", new { geoNameId = 1 }, _cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await program.DeleteAsync($"api/places/siem-reap/facts/{Guid.NewGuid()}", _cancel)).StatusCode);
    }

    [Fact]
    public async Task Write_WithScopeWriteOfAViewer_IsForbidden()
    {
        var program = await server.ProgramAsync(await server.PersonAsync(Role.Viewer));

        Assert.Equal(HttpStatusCode.Forbidden, (await program.PostAsJsonAsync("api/places/siem-reap/facts", Fact, _cancel)).StatusCode);
    }

    [Fact]
    public async Task Use_ExpiredRevokedUnknownOrOfADisabledAccount_IsUnauthorized()
    {
        var owner = await server.PersonAsync(Role.Owner);
        var now = DateTimeOffset.FromUnixTimeSeconds(1_790_000_000);
        var disabled = await server.PersonAsync(Role.Owner);
        HttpClient[] programs =
        [
            await server.ProgramAsync(owner, expires: now.AddYears(-1)), await server.ProgramAsync(owner, revoked: now), MichiServer.With(server.Anonymous(), "michi_unknown"),
            MichiServer.With(server.Anonymous(), ""), await server.ProgramAsync(disabled),
        ];
        var client = await server.SignedInAsync((await AdministratorAsync()).Email, Person.Password);
        await MichiServer.PostAsync(client, "en/admin", new() { ["account"] = disabled.Id.ToString() }, to: "en/admin?handler=Disable");

        foreach (var program in programs)
        {
            var answer = await program.PostAsJsonAsync("api/places/siem-reap/facts", Fact, _cancel);
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
            Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        }
    }

    [Fact]
    public async Task Write_WithASessionsCookieInsteadOfAToken_IsUnauthorized()
    {
        var client = await server.SignedInAsync("owner");

        Assert.Equal(HttpStatusCode.Unauthorized, (await client.PostAsJsonAsync("api/places/siem-reap/facts", Fact, _cancel)).StatusCode);
    }

    private Task<Person> AdministratorAsync() => server.PersonAsync(Role.Owner);
}
