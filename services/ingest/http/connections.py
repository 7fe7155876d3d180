"""What an answer says beside its content: the methods of its address, and whether its connection goes on."""

import falcon


def say_methods(req: falcon.Request, resp: falcon.Response) -> None:
    """HEAD goes wherever GET does; OPTIONS is answered by Falcon, with a list of the others."""
    allowed = [method.strip() for method in (resp.get_header("Allow") or "").split(",") if method]
    if allowed:
        more = {"OPTIONS"} | ({"HEAD"} if "GET" in allowed else set())
        resp.set_header("Allow", ", ".join(sorted({*allowed, *more})))
    if req.method == "OPTIONS" and resp.status_code == falcon.http_status_to_code(falcon.HTTP_200):
        resp.status = falcon.HTTP_204


def say_connection(req: falcon.Request, resp: falcon.Response) -> None:
    """An answer that leaves a body unread ends its connection: nobody reads on to where the next request begins."""
    has_body = req.content_length or req.get_header("Transfer-Encoding")
    if has_body and not req.context.body_read:
        resp.set_header("Connection", "close")
        if req.context.subject and (connection := req.env.get("gunicorn.socket")):
            connection.patient = True
