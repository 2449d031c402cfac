using System.Globalization;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Matching;
using Microsoft.Extensions.DependencyInjection;

namespace Michi.Platform.Languages;

/// <summary>The language of a request is the first part of its path: <c>/ja/siem-reap</c>.</summary>
public static class RequestLanguage
{
    /// <summary>The language of a page's address; elsewhere the one the browser prefers among those offered.</summary>
    public static string Of(HttpContext? http, PlatformOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (http is null) return options.LanguageList[0];
        var path = http.Features.Get<IStatusCodeReExecuteFeature>()?.OriginalPath ?? http.Features.Get<IExceptionHandlerPathFeature>()?.Path ?? http.Request.Path.Value;
        var first = path?.Split('/', 3).ElementAtOrDefault(1);
        return options.LanguageList.Contains(first) ? first! : Preferred(http, options);
    }

    /// <summary>The first offered language among those the browser asks for.</summary>
    public static string Preferred(HttpContext http, PlatformOptions options)
    {
        ArgumentNullException.ThrowIfNull(http);
        ArgumentNullException.ThrowIfNull(options);
        return http.Request.GetTypedHeaders().AcceptLanguage.OrderByDescending(l => l.Quality ?? 1)
            .Select(l => options.LanguageList.FirstOrDefault(o => l.Value.StartsWith(o, StringComparison.OrdinalIgnoreCase))).FirstOrDefault(l => l is not null)
            ?? options.LanguageList[0];
    }

    internal static Task SetCultureAsync(HttpContext http, RequestDelegate next)
    {
        var words = http.RequestServices.GetRequiredService<Words>();
        CultureInfo.CurrentUICulture = words.Culture;
        // Invariant inside: what is read and written without an explicit culture must not depend on the reader.
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        http.Response.Headers.ContentLanguage = words.Language;
        return next(http);
    }
}

/// <summary>Lets a route match only in an offered language.</summary>
internal sealed class LanguageConstraint(PlatformOptions options) : IRouteConstraint, IParameterLiteralNodeMatchingPolicy
{
    /// <summary>Keeps the pages out of the way of routes that begin with a word: otherwise a wrong method or media type on <c>/api/places</c> would be an unknown page.</summary>
    public bool MatchesLiteral(string parameterName, string literal) => options.LanguageList.Contains(literal);


    public bool Match(HttpContext? httpContext, IRouter? route, string routeKey, RouteValueDictionary values, RouteDirection routeDirection) =>
        values[routeKey] is string language && options.LanguageList.Contains(language);
}
