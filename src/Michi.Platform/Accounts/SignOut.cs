using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Michi.Platform.Accounts;

/// <summary>Ends the session of this browser.</summary>
internal static class SignOut
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/{lang:lang}/sign-out", Handle).WithMetadata(new AllowAttribute(Right.Anyone)).WithSummary("End the session of this browser");

    public static async Task<IResult> Handle(string lang, HttpContext http, IAntiforgery antiforgery)
    {
        if (!await antiforgery.IsRequestValidAsync(http)) return Results.BadRequest();
        await Session.EndAsync(http, http.RequestAborted);
        return Results.LocalRedirect($"{http.Request.PathBase}/{lang}");
    }
}
