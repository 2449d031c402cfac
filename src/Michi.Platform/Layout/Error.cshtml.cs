using System.Globalization;
using Michi.Platform.Accounts;
using Microsoft.AspNetCore.Mvc;

namespace Michi.Platform.Layout;

/// <summary>What a reader sees when a page cannot be shown; an API answer instead for the API.</summary>
[Allow(Right.Anyone), IgnoreAntiforgeryToken]
internal sealed class ErrorPage : MichiPage
{
    public int Shown { get; private set; }

    /// <summary>The address that was asked for.</summary>
    public string Asked { get; private set; } = "";

    public IActionResult OnGet() => Answer();

    public IActionResult OnPost() => Answer();

    public IActionResult OnPut() => Answer();

    public IActionResult OnPatch() => Answer();

    public IActionResult OnDelete() => Answer();

    private IActionResult Answer()
    {
        // Not by model binding, which fails where the form that was sent could not be read.
        var status = int.Parse((string)RouteData.Values["status"]!, CultureInfo.InvariantCulture);
        Response.StatusCode = status;
        var path = HttpContext.Features.Get<Microsoft.AspNetCore.Diagnostics.IStatusCodeReExecuteFeature>()?.OriginalPath
            ?? HttpContext.Features.Get<Microsoft.AspNetCore.Diagnostics.IExceptionHandlerPathFeature>()?.Path ?? "";
        if (path.StartsWith("/api", StringComparison.Ordinal)) return new ObjectResult(new ProblemDetails { Status = status, Title = T[$"error.title-{Known(status)}"] }) { StatusCode = status, ContentTypes = { "application/problem+json" } };
        (Shown, Asked) = (Known(status), Request.PathBase + path);
        return Page();
    }

    private static int Known(int status) => status switch { 401 or 403 => 403, 404 or 405 => 404, 429 => 429, >= 500 => 500, _ => 400 };
}
