using System.Net.Http.Headers;
using System.Reflection;
using System.Text;
using Michi.Platform.Accounts;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.Mvc.RazorPages.Infrastructure;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;

namespace Michi.IntegrationTests.Security;

/// <summary>A way into the program: a route with a method and, on a page, the handler it calls.</summary>
/// <param name="Handler">Name of a page's handler; empty for its first one and for endpoints.</param>
/// <param name="Right">The right its declaration asks for; null where it declares none.</param>
/// <param name="Inputs">Names of what it takes from query and form.</param>
internal sealed record Door(RouteEndpoint Route, string Method, string Handler, Right? Right, bool IsPage, IReadOnlyList<string> Inputs)
{
    public string Path => "/" + Route.RoutePattern.RawText!.TrimStart('/');

    public bool IsApi => Path.StartsWith("/api/", StringComparison.Ordinal);

    public bool IsOfPlace => Route.RoutePattern.GetParameter("place") is not null;

    public bool IsRead => Method == "GET";

    /// <summary>As the checked-in tables name it.</summary>
    public string Name => $"{Method} {Path}{(Handler.Length > 0 ? $"?handler={Handler}" : "")}";

    public override string ToString() => Name;

    /// <summary>Every way into the program, from its routes.</summary>
    public static async Task<IReadOnlyList<Door>> AllAsync(MichiServer server)
    {
        var doors = new List<Door>();
        foreach (var route in server.Services.GetServices<EndpointDataSource>().SelectMany(s => s.Endpoints).OfType<RouteEndpoint>().DistinctBy(r => r.DisplayName + r.RoutePattern.RawText))
        {
            var allow = route.Metadata.GetMetadata<AllowAttribute>();
            Right? RightTo(string method) => method == "GET" ? allow?.Right : allow?.ToSend;
            if (route.Metadata.GetMetadata<PageActionDescriptor>() is { } page)
            {
                var compiled = await server.Services.GetRequiredService<PageLoader>().LoadAsync(page, route.Metadata);
                var bound = compiled.BoundProperties.Select(p => p.BindingInfo?.BinderModelName ?? p.Name).ToList();
                doors.AddRange(compiled.HandlerMethods.Select(h => new Door(route, h.HttpMethod.ToUpperInvariant(), h.Name ?? "", RightTo(h.HttpMethod.ToUpperInvariant()), true,
                    [.. h.Parameters.Select(p => p.BindingInfo?.BinderModelName ?? p.Name), .. bound])));
                // A page without a handler for GET is shown all the same.
                if (compiled.HandlerMethods.All(h => !string.Equals(h.HttpMethod, "GET", StringComparison.OrdinalIgnoreCase) || h.Name is not null)) doors.Add(new(route, "GET", "", RightTo("GET"), true, bound));
            }
            else
            {
                // Static files answer GET and HEAD alike.
                var methods = route.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"];
                var inputs = route.Metadata.GetMetadata<MethodInfo>()?.GetParameters().Select(p => p.GetCustomAttribute<FromQueryAttribute>()?.Name ?? p.Name!).ToList() ?? [];
                doors.AddRange(methods.Where(m => m != "HEAD").Select(m => new Door(route, m, "", RightTo(m), false, inputs)));
            }
        }
        // Static files, and the framework's own fallback for them, which declares nothing and so is refused to everyone.
        return [.. doors.Where(d => !d.Path.StartsWith("/_content/", StringComparison.Ordinal) && !d.Path.Contains("{**path:file}", StringComparison.Ordinal)).DistinctBy(d => d.Name).OrderBy(d => d.Name, StringComparer.Ordinal)];
    }

    /// <summary>The address with the values of its parameters filled in.</summary>
    public string Address(IReadOnlyDictionary<string, string> values, string query = "")
    {
        var path = string.Join('/', Route.RoutePattern.PathSegments.Select(s => string.Concat(s.Parts.Select(p => p switch
        {
            RoutePatternLiteralPart literal => literal.Content,
            RoutePatternSeparatorPart separator => separator.Content,
            RoutePatternParameterPart parameter => values.GetValueOrDefault(parameter.Name) ?? Usual(parameter),
            _ => "",
        })))).TrimEnd('/');
        query = string.Join('&', new[] { Handler.Length > 0 ? $"handler={Handler}" : "", query }.Where(q => q.Length > 0));
        return query.Length > 0 ? $"{path}?{query}" : path;
    }

    private static string Usual(RoutePatternParameterPart parameter) => parameter.Name switch
    {
        "lang" => "en",
        "element" => "T4",
        "ending" => "json",
        "status" => "404",
        "kind" => "",
        "number" => "99",
        _ when parameter.ParameterPolicies.Any(p => p.Content == "guid") => Guid.Empty.ToString(),
        _ => "x",
    };

    /// <summary>A request with a body of the kind the door takes, but nothing in it that could have an effect.</summary>
    /// <param name="formToken">Goes along with a page's form.</param>
    public HttpRequestMessage Request(IReadOnlyDictionary<string, string> values, string? formToken = null, string query = "")
    {
        var request = new HttpRequestMessage(new(Method), Address(values, query));
        if (Method is "GET" or "DELETE") return request;
        var types = Route.Metadata.GetMetadata<IAcceptsMetadata>()?.ContentTypes ?? [];
        if (IsPage || !IsApi) request.Content = new FormUrlEncodedContent([new("__RequestVerificationToken", formToken ?? "")]);
        else if (types.Contains("multipart/form-data")) request.Content = new MultipartFormDataContent { { new StringContent("x"), "x" } };
        else if (types.Contains("application/json")) request.Content = new StringContent(IsList ? "[]" : "{}", Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        else request.Content = new ByteArrayContent([]);
        return request;
    }

    private bool IsList => Route.Metadata.GetMetadata<IAcceptsMetadata>()?.RequestType is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>);
}
