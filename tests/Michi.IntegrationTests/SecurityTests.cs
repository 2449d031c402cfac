using System.Net;
using Michi.Platform.Places;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Michi.IntegrationTests;

public sealed class SecurityTests(MichiServer server)
{
    private readonly CancellationToken _cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Cookies_AreOutOfReachOfScriptsAndOtherSites()
    {
        var client = server.Anonymous();
        Assert.Matches("(?i)samesite=strict; httponly", Cookie("michi-form", await client.GetAsync("en/sign-in", _cancel)));

        var person = await server.PersonAsync();
        var session = await MichiServer.PostAsync(client, "en/sign-in", new() { ["email"] = person.Email, ["password"] = Person.Password });
        Assert.Matches("(?i)samesite=lax; httponly", Cookie("michi", session));

        // Behind a proxy that ends TLS the cookie travels over TLS only.
        var secure = server.Anonymous();
        secure.DefaultRequestHeaders.Add("X-Forwarded-Proto", "https");
        Assert.Contains("; secure", Cookie("michi-form", await secure.GetAsync("en/sign-in", _cancel)), StringComparison.OrdinalIgnoreCase);

        static string Cookie(string name, HttpResponseMessage answer) => answer.Headers.GetValues("Set-Cookie").Single(c => c.StartsWith($"{name}=", StringComparison.Ordinal));
    }

    [Fact]
    public async Task SignIn_ManyTriesFromOneAddress_HasToWait()
    {
        var client = server.Anonymous();
        var answers = new List<HttpStatusCode>();
        for (var i = 0; i < 21; i++) answers.Add((await MichiServer.PostAsync(client, "en/sign-in", new() { ["email"] = $"{i}@test.example", ["password"] = "x" })).StatusCode);

        Assert.All(answers[..20], a => Assert.Equal(HttpStatusCode.UnprocessableEntity, a));
        Assert.Equal(HttpStatusCode.TooManyRequests, answers[20]);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("en/sign-in", _cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await MichiServer.PostAsync(server.Anonymous(), "en/sign-in", new() { ["email"] = "other@test.example", ["password"] = "x" })).StatusCode);
    }

    [Theory]
    [InlineData("en/account?handler=EndSessions")]
    [InlineData("en/admin?handler=Disable")]
    [InlineData("en/siem-reap/people?handler=Give")]
    [InlineData("en/siem-reap/edit?handler=Place")]
    [InlineData("en/places/new?handler=City")]
    [InlineData("en/setup")]
    [InlineData("en/join")]
    public async Task Post_WithoutFormToken_IsRefused(string address)
    {
        var owner = await server.SignedInAsync("owner");

        Assert.Equal(HttpStatusCode.BadRequest, (await owner.PostAsync(address, new FormUrlEncodedContent([new("x", "y")]), _cancel)).StatusCode);
    }

    [Theory]
    [InlineData("https://elsewhere.example/")]
    [InlineData("//elsewhere.example")]
    [InlineData("/\\elsewhere.example")]
    public async Task SignIn_BackToAnotherSite_GoesHome(string back)
    {
        var person = await server.PersonAsync();
        var answer = await MichiServer.PostAsync(server.Anonymous(), "en/sign-in", new() { ["email"] = person.Email, ["password"] = Person.Password, ["back"] = back });

        Assert.Equal("/en", answer.Headers.Location!.ToString());
    }

    [Fact]
    public void Routes_AreDistinctAndTheirFirstWordsAreNoPlaces()
    {
        var routes = server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .SelectMany(e => (e.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["ANY"]).Select(m => (Method: m, Pattern: e.RoutePattern)))
            .Where(r => r.Pattern.RawText != "{**path:file}" && r.Pattern.PathSegments is [var first, ..] && (first.Parts[0].IsParameter || r.Pattern.RawText!.TrimStart('/').StartsWith("api/", StringComparison.Ordinal))).ToList();

        var alike = routes.GroupBy(r => (r.Method, Shape: string.Join('/', r.Pattern.PathSegments.Select(s => s.IsSimple && s.Parts[0].IsParameter ? "{}" : string.Concat(s.Parts.Select(p => p.IsLiteral ? ((Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart)p).Content : "{}"))))))
            .Where(g => g.Count() > 1).Select(g => g.Key);
        Assert.Empty(alike);

        var words = routes.Where(r => r.Pattern.PathSegments[0].Parts[0].IsParameter && r.Pattern.PathSegments.Count > 1)
            .Select(r => r.Pattern.PathSegments[1].Parts[0]).OfType<Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart>().Select(p => p.Content).Distinct();
        Assert.All(words, w => Assert.False(Slugs.IsValid(w), $"\"{w}\" could be taken by a place."));
    }
}
