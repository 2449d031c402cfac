using System.Net;
using Michi.Platform.Accounts;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Michi.IntegrationTests;

/// <summary>Role × route, generated from the routes themselves: a new route is covered the day it is added.</summary>
public sealed class AuthorizationTests(MichiServer server)
{
    /// <summary>Routes with a secret in their address check the secret themselves.</summary>
    private static readonly string[] BySecret = ["rate/", "shared/", "setup", "join/"];

    private IEnumerable<RouteEndpoint> Routes => server.Services.GetServices<EndpointDataSource>().SelectMany(s => s.Endpoints).OfType<RouteEndpoint>().Distinct();

    [Fact]
    public void EveryRoute_DeclaresItsRight()
    {
        // The framework's development fallback for static files declares nothing and so is refused to everyone.
        var undeclared = Routes.Where(r => r.RoutePattern.RawText != "{**path:file}").Where(r => r.Metadata.GetMetadata<AllowAttribute>() is null).Select(r => r.RoutePattern.RawText).ToList();

        Assert.Empty(undeclared);
    }

    [Fact]
    public void EveryRouteOfAPlace_AsksForARightAtAPlaceOrASecret()
    {
        var open = Routes.Where(r => r.Metadata.GetMetadata<AllowAttribute>() is not null && r.RoutePattern.GetParameter("place") is not null && r.Metadata.GetMetadata<AllowAttribute>()!.Right is Right.Anyone or Right.SignedIn)
            .Select(r => r.RoutePattern.RawText).ToList();

        Assert.Empty(open);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("viewer")]
    [InlineData("assessor")]
    [InlineData("facilitator")]
    [InlineData("owner")]
    public async Task Get_EveryPageOfAPublicPlace_IsShownOrRefusedAsTheRoleAllows(string? role)
    {
        var client = role is null ? server.Anonymous() : await server.SignedInAsync(role);
        foreach (var route in Routes.Where(r => r.Metadata.GetMetadata<PageActionDescriptor>() is not null && IsPlain(r)))
        {
            var right = route.Metadata.GetMetadata<AllowAttribute>()!.Right;
            var answer = await client.GetAsync(AddressOf(route), TestContext.Current.CancellationToken);

            var expected = Allows(role, right)
                ? [HttpStatusCode.OK, HttpStatusCode.NotFound, HttpStatusCode.Found, .. right == Right.SignedIn ? [HttpStatusCode.Forbidden] : Array.Empty<HttpStatusCode>()]
                : role is null ? [HttpStatusCode.Found] : new[] { HttpStatusCode.Forbidden };
            Assert.True(expected.Contains(answer.StatusCode) && (Allows(role, right) || !IsSignIn(answer) == (role is not null)), $"{role ?? "anonymous"} {route.RoutePattern.RawText}: {answer.StatusCode}");
        }
    }

    private static bool IsSignIn(HttpResponseMessage answer) => answer.Headers.Location?.OriginalString.Contains("/sign-in", StringComparison.Ordinal) == true;

    private static bool Allows(string? role, Right right) => right is Right.Anyone or Right.ViewPlace
        || (role is not null && (right == Right.SignedIn || Enum.Parse<Role>(role, ignoreCase: true) is var r && (r, right) switch
        {
            (Role.Owner, _) => true,
            (Role.Facilitator, Right.Facilitate or Right.Contribute) => true,
            (Role.Assessor, Right.Contribute) => true,
            _ => false,
        }));

    private static bool IsPlain(RouteEndpoint route) =>
        !BySecret.Any(s => route.RoutePattern.RawText!.Contains(s, StringComparison.Ordinal)) && !route.RoutePattern.RawText!.StartsWith("/error", StringComparison.Ordinal)
        && (route.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Contains("GET") ?? true);

    private static string AddressOf(RouteEndpoint route) => string.Join('/', route.RoutePattern.PathSegments.Select(s => string.Concat(s.Parts.Select(p => p switch
    {
        Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart literal => literal.Content,
        Microsoft.AspNetCore.Routing.Patterns.RoutePatternParameterPart { Name: "lang" } => "en",
        Microsoft.AspNetCore.Routing.Patterns.RoutePatternParameterPart { Name: "place" } => "siem-reap",
        Microsoft.AspNetCore.Routing.Patterns.RoutePatternParameterPart { Name: "element" } => "T4",
        Microsoft.AspNetCore.Routing.Patterns.RoutePatternParameterPart { Name: "code" } => "kh-siem-reap-001",
        Microsoft.AspNetCore.Routing.Patterns.RoutePatternParameterPart parameter when parameter.ParameterPolicies.Any(p => p.Content == "guid") => Guid.Empty.ToString(),
        _ => "x",
    }))));
}
