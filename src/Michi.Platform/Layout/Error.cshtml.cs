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

    public IActionResult OnGet(int status) => Answer(status);

    public IActionResult OnPost(int status) => Answer(status);

    public IActionResult OnPut(int status) => Answer(status);

    public IActionResult OnPatch(int status) => Answer(status);

    public IActionResult OnDelete(int status) => Answer(status);

    private IActionResult Answer(int status)
    {
        Response.StatusCode = status;
        var path = HttpContext.Features.Get<Microsoft.AspNetCore.Diagnostics.IStatusCodeReExecuteFeature>()?.OriginalPath
            ?? HttpContext.Features.Get<Microsoft.AspNetCore.Diagnostics.IExceptionHandlerPathFeature>()?.Path ?? "";
        if (path.StartsWith("/api", StringComparison.Ordinal)) return new ObjectResult(new ProblemDetails { Status = status, Title = T[$"error.title-{Known(status)}"] }) { StatusCode = status, ContentTypes = { "application/problem+json" } };
        (Shown, Asked) = (Known(status), Request.PathBase + path);
        return Page();
    }

    private static int Known(int status) => status switch { 401 or 403 => 403, 404 or 405 => 404, 429 => 429, >= 500 => 500, _ => 400 };
}
