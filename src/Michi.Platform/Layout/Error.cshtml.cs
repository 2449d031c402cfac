using System.Globalization;
using Michi.Platform.Accounts;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Michi.Platform.Layout;

/// <summary>What a reader sees when a page cannot be shown; an API answer instead for the API.</summary>
[Allow(Right.Anyone), IgnoreAntiforgeryToken]
internal sealed class ErrorPage : MichiPage
{
    /// <summary>Its route.</summary>
    public const string Route = "error/{status:int:range(400,599)}";

    public int Shown { get; private set; }

    /// <summary>The address that was asked for.</summary>
    public string Asked { get; private set; } = "";

    /// <summary>Answers whatever method the request had that went wrong.</summary>
    [NonHandler]
    public override void OnPageHandlerExecuting(PageHandlerExecutingContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        context.Result = Answer();
    }

    private IActionResult Answer()
    {
        // Not by model binding, which fails where the form that was sent could not be read.
        var status = int.Parse((string)RouteData.Values["status"]!, CultureInfo.InvariantCulture);
        Response.StatusCode = status;
        var path = HttpContext.Features.Get<IStatusCodeReExecuteFeature>()?.OriginalPath
            ?? HttpContext.Features.Get<IExceptionHandlerPathFeature>()?.Path ?? "";
        if (path.StartsWith("/api", StringComparison.Ordinal)) return new ObjectResult(new ProblemDetails { Status = status, Type = status == StatusCodes.Status413PayloadTooLarge ? "/problems/too-large" : null, Title = T[$"error.title-{Known(status)}"] }) { StatusCode = status, ContentTypes = { "application/problem+json" } };
        (Shown, Asked) = (Known(status), Request.PathBase + path);
        return Page();
    }

    private static int Known(int status) => status switch { 401 or 403 => 403, 404 or 405 => 404, 413 => 413, 415 => 415, 429 => 429, >= 500 => 500, _ => 400 };
}
