using System.Text.RegularExpressions;

namespace Michi.IntegrationTests.Security;

/// <summary>What every answer must have, pages and faults alike.</summary>
internal static partial class SafeAnswer
{
    /// <summary>What an answer lacks; null where nothing.</summary>
    public static string? Fault(HttpResponseMessage answer, string text)
    {
        string Header(string name) => answer.Headers.TryGetValues(name, out var values) || answer.Content.Headers.TryGetValues(name, out values) ? string.Join(',', values) : "";
        var policy = Header("Content-Security-Policy");
        if (!policy.StartsWith("default-src 'none';", StringComparison.Ordinal) || policy.Contains("unsafe", StringComparison.Ordinal) || policy.Contains('*', StringComparison.Ordinal)) return "content security policy";
        if (!policy.Contains("frame-ancestors 'none'", StringComparison.Ordinal) || !policy.Contains("base-uri 'none'", StringComparison.Ordinal) || !policy.Contains("form-action 'self'", StringComparison.Ordinal)) return "framing, base or forms";
        if (Header("X-Content-Type-Options") != "nosniff") return "nosniff";
        if (Header("Referrer-Policy") != "same-origin") return "referrer policy";
        if (!Header("Permissions-Policy").Contains("camera=()", StringComparison.Ordinal)) return "permissions policy";
        if (Header("Server").Length + Header("X-Powered-By").Length > 0) return "names the server";
        // A file to be kept carries its style with it.
        if (answer.Content.Headers.ContentType?.MediaType != "text/html" || answer.Content.Headers.ContentDisposition?.DispositionType == "attachment") return null;
        if (Header("Cache-Control") is var cache && !cache.Contains("no-store", StringComparison.Ordinal)) return $"may be cached: {cache}";
        // The policy would keep these from working.
        return Inline().Match(text) is { Success: true } inline ? $"inline script or style: {inline.Value}" : null;
    }

    [GeneratedRegex("<script(?![^>]* src=)[^>]*>|<style|<[a-z][^>]* (?:style|on[a-z]+)=\"")]
    private static partial Regex Inline();
}
